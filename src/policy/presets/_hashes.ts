/**
 * The presets that ship with us and the hash of what each says. A preset that was edited in the installed package is
 * refused: `policy: hospital` must mean the same rules everywhere. A test holds the hashes to the files.
 */
export const presetHashes = {
  open: '7e328a0c38d28e26f1295ebed3f4b646ab404a7fda98f6aeea45b37fa67b5435',
  'private-by-default': 'c2f215e043a46ee1bdef74420a1641eaa7d7f8c4281bde990d7b72e93ee96aec',
  hospital: '6bd7e0fd129b390d97afce5fde6bb2daf0fb028c1ad5846169464960e4ce8f4c',
  eu: 'acc70fec0457164e0c27ec90625193ffa3579561606e37748a903b818698b809',
  'india-dpdp': '74eaa35598a13df92c9da7190ab7a56564ab158e3dd6d0e233ef97b814ae27ab',
  'law-firm': '8422626e1e7ebecb517fc5395b209333d6fc921513ba8276dfb54a0686b070fb',
  offline: 'e36eb75fff152c1cc6afbf24ff497b450b8f7075d6ebacf4ffe4fd2f9cf90447',
} as const

export type PresetName = keyof typeof presetHashes

export const PRESETS = Object.keys(presetHashes) as readonly PresetName[]

import { CLOSE, OPEN } from './token.ts'

/**
 * The stand-ins of a scope by their characters in lower case, so that reading one costs its length and not their number.
 * Opaque tokens are kept without their brackets.
 */
export type TrieNode = {
  readonly next: Map<string, TrieNode>
  /** What stands at the end of a stand-in: the value that it stands for. */
  value: string | undefined
}

export type StandInTrie = {
  readonly tokens: TrieNode
  readonly surrogates: TrieNode
}

export function standInTrie(standIns: Iterable<readonly [standIn: string, value: string]>): StandInTrie {
  const trie: StandInTrie = { tokens: node(), surrogates: node() }
  for (const [standIn, value] of standIns) {
    const isToken = standIn.startsWith(OPEN) && standIn.endsWith(CLOSE)
    insert(
      isToken ? trie.tokens : trie.surrogates,
      isToken ? standIn.slice(OPEN.length, -CLOSE.length) : standIn,
      value,
    )
  }
  return trie
}

function node(): TrieNode {
  return { next: new Map(), value: undefined }
}

function insert(root: TrieNode, standIn: string, value: string): void {
  let at = root
  for (const character of standIn.toLowerCase()) {
    const known = at.next.get(character)
    const next = known ?? node()
    if (known === undefined) at.next.set(character, next)
    at = next
  }
  at.value = value
}

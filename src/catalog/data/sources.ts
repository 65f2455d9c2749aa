/** The models.dev catalogue (MIT), its copy of 2026-09-28, compared with two other catalogues on the day below. */
export const CATALOGUE = 'models.dev, copy of 2026-09-28'

/** The day on which the catalogues were compared with each other and with the pages of the makers. */
export const COMPARED_ON = '2026-11-22'

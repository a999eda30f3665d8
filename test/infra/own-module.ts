// Leaves a mark when it is evaluated.
process.env.OWN_MODULE_LOADED = 'yes'

export const loaded = true

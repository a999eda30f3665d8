throw Object.assign(new Error('OVERLAP_FUNCTIONS is missing'), { name: 'CONFIGURATION_INVALID' })

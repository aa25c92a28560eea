/** How much is known of each handle. */
export const tracking = { level: 'counts', sampleInterval: 128 }

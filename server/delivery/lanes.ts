/**
 * In which order a portal's calls are spent: what somebody just submitted, what a person asked to have tried again, what piled up
 * while a tool was away. The numbers stand in `deliveries.lane` and can never change.
 */
export const LANE = { live: 0, replay: 1, backfill: 2 } as const;
export type Lane = keyof typeof LANE;

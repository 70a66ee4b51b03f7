import type { ContactFlowsResponse } from '@flowella/shared/contract/api.ts';

export type FlowOffer = ContactFlowsResponse['flows'][number];

/** So many are shown as they are; with more there is a search. */
export const SHOWN_WITHOUT_SEARCH = 6;

/** The flows whose name holds the search, sendable ones first, at most six, and how many more there are. */
export function findFlows(flows: FlowOffer[], search: string): { shown: FlowOffer[]; more: number } {
  const wanted = search.trim().toLocaleLowerCase();
  const found = flows.filter((flow) => flow.name.toLocaleLowerCase().includes(wanted));
  const sorted = [...found.filter((flow) => !flow.blocked), ...found.filter((flow) => flow.blocked)];
  return { shown: sorted.slice(0, SHOWN_WITHOUT_SEARCH), more: Math.max(0, sorted.length - SHOWN_WITHOUT_SEARCH) };
}

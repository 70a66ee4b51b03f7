import type { Program } from '@flowella/shared/compile/program.ts';
import type { FlowMessage } from '@flowella/shared/contract/api.ts';
import type { FlowJson } from '@flowella/shared/flow-json/flow-json.ts';

/** The newest version of a flow, published or not, with what the chat around it shows. */
export type PreviewedFlow = {
  name: string;
  businessName: string;
  flowJson: FlowJson;
  program: Program;
  message: FlowMessage;
};

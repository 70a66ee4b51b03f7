import { checkActions } from './action-rules.ts';
import { checkDataModel } from './data-rules.ts';
import { checkDates } from './date-rules.ts';
import { checkDocument, checkVersion } from './document-rules.ts';
import { createFindings } from './findings.ts';
import type { ValidationError } from './flow-json.ts';
import { readFlow } from './flow-model.ts';
import { checkForms } from './form-rules.ts';
import { checkInputs } from './input-rules.ts';
import { LIMITS } from './limits.ts';
import { parseWithPositions } from './parse-with-positions.ts';
import { checkPayloads } from './payload-rules.ts';
import { checkCarousels, checkPlacement, checkTerminalFooter } from './placement-rules.ts';
import { checkProperties } from './property-rules.ts';
import { checkRouting } from './routing-rules.ts';

export { flowJsonVersionState } from './flow-version.ts';

/**
 * Checks the text of a Flow JSON, versions 5.1 to 7.3, as Meta does when a flow is uploaded.
 *
 * `validationErrors` is what Meta rejects, with Meta's codes; `warnings` is what Meta accepts but cuts, hides or fails on
 * later. For flows that we write ourselves both must be empty. Lines and columns are 1-based. Never throws.
 *
 * Rules: Meta, "Flow JSON", "Components", "Error Codes" and "Media Upload Components".
 */
export function validateFlowJson(text: string): { validationErrors: ValidationError[]; warnings: ValidationError[] } {
  const findings = createFindings(text);
  if (utf8Length(text) > LIMITS.fileBytes) {
    const message = `The Flow JSON is larger than ${LIMITS.fileBytes / 1024 / 1024} MB.`;
    findings.error('INVALID_FLOW_JSON', message, { offset: 0 });
    return findings.result();
  }
  const parsed = parseWithPositions(text);
  if (parsed.kind === 'failed') {
    findings.error('INVALID_FLOW_JSON', `The text is not JSON: ${parsed.reason}.`, { offset: parsed.offset });
    return findings.result();
  }
  const { root, duplicates } = parsed;
  if (root.kind !== 'object') {
    findings.error('INVALID_FLOW_JSON', 'A Flow JSON must be an object in braces.', root);
    return findings.result();
  }
  for (const node of duplicates) {
    findings.warning('DUPLICATE_PROPERTY', `The property '${node.key}' is written twice; only the last one counts.`, {
      keyOf: node,
    });
  }
  const version = checkVersion(root, findings);
  if (version === null) return findings.result();

  const flow = readFlow(root, version);
  checkDocument(flow, findings);
  for (const screen of flow.screens) {
    const context = { flow, screen, findings };
    checkDataModel(screen, findings);
    checkPlacement(context);
    checkTerminalFooter(context);
    checkProperties(context);
    checkForms(context);
    checkInputs(context);
    checkDates(context);
  }
  checkCarousels(flow.screens, findings);
  checkActions(flow, findings);
  checkPayloads(flow, findings);
  checkRouting(flow, findings);
  return findings.result();
}

/** Size in bytes when stored as UTF-8; a lone surrogate counts as the replacement character it becomes. */
function utf8Length(text: string): number {
  if (text.length * 3 <= LIMITS.fileBytes) return text.length;
  let bytes = 0;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  return bytes;
}

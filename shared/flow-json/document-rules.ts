import { nameOf } from './expression-rules.ts';
import type { Findings } from './findings.ts';
import { UNLISTED_VERSIONS, flowJsonVersionState, versionNumber } from './flow-version.ts';
import type { VersionNumber } from './flow-version.ts';
import type { Flow, Screen } from './flow-model.ts';
import { LIMITS } from './limits.ts';
import { parseReference } from './parse-expression.ts';
import { itemsOf, member } from './parse-with-positions.ts';
import type { JsonNode, ObjectNode } from './parse-with-positions.ts';

const TOP_KEYS = new Set(['version', 'screens', 'data_api_version', 'routing_model', 'meta']);
const SCREEN_KEYS = new Set(['id', 'title', 'layout', 'data', 'terminal', 'success', 'refresh_on_back', 'sensitive']);
const SCREEN_ID = /^[a-zA-Z,_]+$/;
/** Since 7.0 underscores alone are no id, and commas are out. Meta, "Changelog", 7.0. */
const SCREEN_ID_SINCE_700 = /^(?!_+$)[a-zA-Z_]+$/;

/** Reads the version; null, with the finding made, when the flow cannot be checked further. Meta, "Versioning". */
export function checkVersion(root: ObjectNode, findings: Findings): VersionNumber | null {
  const node = root.members.get('version');
  if (node === undefined) {
    findings.error('MISSING_FLOW_JSON_VERSION', 'The property \'version\' is missing, such as "7.3".', root);
    return null;
  }
  if (node.kind !== 'string') {
    const message = `'version' must be a text such as "7.3", but is ${nameOf(node.kind)}.`;
    findings.error('UNSUPPORTED_FLOW_JSON_VERSION', message, node);
    return null;
  }
  const version = node.value;
  switch (flowJsonVersionState(version)) {
    case 'current':
      return versionNumber(version);
    case 'frozen': {
      const message = `Flow JSON ${version} is frozen: published flows go on running, but nothing new can be published. Use 7.3.`;
      findings.error('INVALID_FLOW_JSON_VERSION_STATE', message, node);
      return null;
    }
    case 'expired':
      findings.error('UNSUPPORTED_FLOW_JSON_VERSION', `Flow JSON ${version} has expired. Use 7.3.`, node);
      return null;
    case 'unknown': {
      const hidden = UNLISTED_VERSIONS.includes(version) || !/^\d+(\.\d+)?$/.test(version);
      const code = hidden ? 'UNAVAILABLE_FLOW_JSON_VERSION' : 'INVALID_FLOW_JSON_VERSION';
      findings.error(code, `'${version}' is not a version that can be published. Use 7.3.`, node);
      return null;
    }
  }
}

/** Top-level keys and their types, and every screen's own properties. Meta, "Flow JSON", top-level and screen properties. */
export function checkDocument(flow: Flow, findings: Findings): void {
  checkTopLevel(flow, findings);
  checkDataApi(flow, findings);
  const { root } = flow;
  const screens = root.members.get('screens');
  if (screens === undefined) {
    findings.error('MISSING_REQUIRED_PROPERTY', "The property 'screens' is missing.", root);
    return;
  }
  if (screens.kind !== 'array') return wrongType(findings, screens, 'screens', 'array');
  if (screens.items.length === 0) {
    findings.error('MIN_ITEMS_REQUIRED', "'screens' needs at least 1 item.", screens);
  }
  if (screens.items.length > LIMITS.screens) {
    const message = `The flow has ${screens.items.length} screens; at most ${LIMITS.screens} are allowed.`;
    findings.error('MAX_SCREENS_NUMBER', message, screens);
  }
  for (const screen of screens.items) if (screen.kind !== 'object') wrongType(findings, screen, 'screens', 'object');
  for (const screen of flow.screens) checkScreen(flow, screen, findings);
  checkScreenIds(flow, findings);
  checkTerminals(flow, findings);
}

function checkTopLevel(flow: Flow, findings: Findings): void {
  const { root } = flow;
  for (const [key, node] of root.members) {
    if (TOP_KEYS.has(key)) continue;
    const message =
      key === 'data_channel_uri'
        ? "'data_channel_uri' is not part of Flow JSON since 3.0; set endpoint_uri with the Flows API."
        : `The property '${key}' is not known at the top level.`;
    findings.error('INVALID_PROPERTY_KEY', message, { keyOf: node });
  }
  const meta = root.members.get('meta');
  if (meta !== undefined && meta.kind !== 'object') wrongType(findings, meta, 'meta', 'object');
  const leadGen = member(meta, 'lead_gen_ai');
  if (leadGen !== undefined && leadGen.kind !== 'boolean') wrongType(findings, leadGen, 'lead_gen_ai', 'boolean');
}

function checkDataApi(flow: Flow, findings: Findings): void {
  const { dataApiVersion, routingModel, root } = flow;
  const exchanges = flow.actions.filter((action) => action.name === 'data_exchange');
  if (dataApiVersion === undefined) {
    if (exchanges.length === 0) return;
    const targets = exchanges.map((action) => action.node.members.get('name') ?? action.node);
    const message = "The property 'data_api_version' is required for the action data_exchange.";
    findings.error('MISSING_REQUIRED_PROPERTY', message, ...targets);
    return;
  }
  checkDataApiVersion(flow.version, dataApiVersion, findings);
  if (routingModel !== undefined) return;
  const message = "The property 'routing_model' is required when 'data_api_version' is set.";
  findings.error('MISSING_REQUIRED_PROPERTY', message, root);
}

function checkDataApiVersion(version: VersionNumber, node: JsonNode, findings: Findings): void {
  if (node.kind !== 'string') return wrongType(findings, node, 'data_api_version', 'string');
  if (node.value === '3.0' || (node.value === '4.0' && version >= 703)) return;
  if (node.value === '4.0') {
    const message = 'The data API 4.0 needs Flow JSON 7.3; use "3.0" with this version.';
    findings.error('NO_SUPPORTED_DATA_API_VERSION', message, node);
    return;
  }
  findings.error('INVALID_DATA_API_VERSION', `'data_api_version' must be "3.0" or "4.0".`, node);
}

function checkScreen(flow: Flow, screen: Screen, findings: Findings): void {
  const { node } = screen;
  for (const [key, value] of node.members) {
    if (SCREEN_KEYS.has(key)) continue;
    findings.error('INVALID_PROPERTY_KEY', `The property '${key}' is not known in a screen.`, { keyOf: value });
  }
  const required = flow.version >= 600 ? ['id', 'title', 'layout'] : ['id', 'title'];
  for (const key of required) {
    if (!node.members.has(key)) {
      findings.error('MISSING_REQUIRED_PROPERTY', `The property '${key}' is missing in a screen.`, node);
    }
  }
  checkScreenId(flow.version, node.members.get('id'), findings);
  checkTitle(node.members.get('title'), findings);
  checkLayout(node.members.get('layout'), findings);
  checkFlags(flow, screen, findings);
  checkSensitive(screen, findings);
}

function checkScreenId(version: VersionNumber, id: JsonNode | undefined, findings: Findings): void {
  if (id === undefined) return;
  if (id.kind !== 'string') return wrongType(findings, id, 'id', 'string');
  if (id.value === '') {
    findings.error('MIN_CHARS_REQUIRED', "A screen's 'id' needs at least 1 character.", id);
  } else if (!(version >= 700 ? SCREEN_ID_SINCE_700 : SCREEN_ID).test(id.value)) {
    const message = `The screen id '${id.value}' may only have letters A to Z and underscores, and needs a letter.`;
    findings.error('PATTERN_MISMATCH', message, id);
  } else if (id.value === 'success') {
    const message = `The screen id '${id.value}' is reserved for the answer that ends a flow.`;
    findings.error('SCREEN_ID_IS_RESERVED_KEYWORD', message, id);
  } else if (id.value.toLowerCase() === 'success') {
    // Meta's validator looks for the word in small letters only, though its page reserves SUCCESS ("Flow JSON", id).
    const message = `The screen id '${id.value}' is that of the reply that ends a flow: no endpoint can show this screen.`;
    findings.warning('SCREEN_ID_IS_RESERVED_KEYWORD', message, id);
  }
}

function checkTitle(title: JsonNode | undefined, findings: Findings): void {
  if (title === undefined) return;
  if (title.kind !== 'string') return wrongType(findings, title, 'title', 'string');
  if (title.value.trim() === '') {
    findings.error('PATTERN_MISMATCH', "A screen's 'title' must not be empty or blank.", title);
  } else if (title.value.includes('${') && parseReference(title.value) === null) {
    const message = "A screen's 'title' mixes text and a reference: people would see '${…}' as written.";
    findings.warning('REFERENCE_INSIDE_TEXT', message, title);
  }
}

function checkLayout(layout: JsonNode | undefined, findings: Findings): void {
  if (layout === undefined) return;
  if (layout.kind !== 'object') {
    if (layout.kind === 'string') {
      findings.error('INVALID_PROPERTY_VALUE', `'layout' must be an object of type 'SingleColumnLayout'.`, layout);
    }
    return wrongType(findings, layout, 'layout', 'object');
  }
  for (const [key, value] of layout.members) {
    if (key === 'type' || key === 'children') continue;
    findings.error('INVALID_PROPERTY_KEY', `The property '${key}' is not known in a layout.`, { keyOf: value });
  }
  const type = layout.members.get('type');
  if (type === undefined) {
    findings.error('MISSING_REQUIRED_TYPE_PROPERTY', "The property 'type' is missing in a layout.", layout);
  } else if (type.kind !== 'string' || type.value !== 'SingleColumnLayout') {
    findings.error('INVALID_PROPERTY_VALUE', "The 'type' of a layout must be 'SingleColumnLayout'.", type);
  }
  const children = layout.members.get('children');
  if (children === undefined) {
    findings.error('MISSING_REQUIRED_PROPERTY', "The property 'children' is missing in a layout.", layout);
  } else if (children.kind !== 'array') wrongType(findings, children, 'children', 'array');
}

function checkFlags(flow: Flow, screen: Screen, findings: Findings): void {
  for (const key of ['terminal', 'success', 'refresh_on_back']) {
    const node = screen.node.members.get(key);
    if (node !== undefined && node.kind !== 'boolean') wrongType(findings, node, key, 'boolean');
  }
  const success = screen.node.members.get('success');
  if (success !== undefined && !screen.terminal) {
    const message = "The property 'success' can only be specified on a terminal screen.";
    findings.error('NOT_KEYWORD_SCHEMA_VALIDATION_FAILED', message, { keyOf: success });
  }
  const refresh = screen.node.members.get('refresh_on_back');
  if (refresh?.kind === 'boolean' && refresh.value && flow.dataApiVersion === undefined) {
    const message = "'refresh_on_back' can be true only when 'data_api_version' is set.";
    findings.error('INVALID_PROPERTY_VALUE', message, refresh);
  }
}

function checkSensitive(screen: Screen, findings: Findings): void {
  const sensitive = screen.node.members.get('sensitive');
  if (sensitive === undefined) return;
  if (sensitive.kind !== 'array') return wrongType(findings, sensitive, 'sensitive', 'array');
  for (const name of itemsOf(sensitive)) {
    if (name.kind !== 'string') wrongType(findings, name, 'sensitive', 'string');
    else if (!screen.byName.has(name.value)) {
      const message = `'sensitive' names '${name.value}', but screen '${screen.id}' has no such input.`;
      findings.error('INVALID_SENSITIVE_FIELD', message, name);
    }
  }
}

function checkScreenIds(flow: Flow, findings: Findings): void {
  for (const screen of flow.screens) {
    const first = flow.byId.get(screen.id);
    const id = screen.node.members.get('id');
    if (screen.id === '' || first === screen || id === undefined) continue;
    findings.error('DUPLICATE_SCREEN_IDS', `The screen id '${screen.id}' is used more than once.`, id);
  }
}

function checkTerminals(flow: Flow, findings: Findings): void {
  const terminals = flow.screens.filter((screen) => screen.terminal);
  if (flow.screens.length === 0) return;
  if (terminals.length === 0) {
    const screens = flow.root.members.get('screens') ?? flow.root;
    findings.error(
      'MISSING_TERMINAL_SCREEN',
      "The flow has no terminal screen; set 'terminal': true on the last one.",
      screens,
    );
    return;
  }
  const failing = terminals.flatMap((screen) => {
    const success = screen.node.members.get('success');
    return success?.kind === 'boolean' && !success.value ? [success] : [];
  });
  if (failing.length < terminals.length) return;
  const message = "At least one terminal screen must have 'success': true.";
  findings.error('INVALID_PROPERTY_VALUE', message, ...failing);
}

function wrongType(findings: Findings, node: JsonNode, key: string, wanted: string): void {
  findings.error('INVALID_PROPERTY_TYPE', `'${key}' must be ${nameOf(wanted)}, but is ${nameOf(node.kind)}.`, node);
}

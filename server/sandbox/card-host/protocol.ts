/** What the page and the worker of a card say to each other. Functions cross through `@remote-ui/rpc`. */

export type ExtensionLocation =
  'crm.record.tab' | 'crm.record.sidebar' | 'crm.preview' | 'helpdesk.sidebar' | 'settings' | 'home' | 'pages';

/** HubSpot's context object (hubspot-platform section 2.2): plain data. */
export type ExtensionContext = {
  location: ExtensionLocation;
  user: {
    id: number;
    email: string;
    emails: string[];
    firstName: string;
    lastName: string;
    roles: string[];
    teams: { id: number; name: string; teammates: number[] }[];
    locale: string;
    language: string;
    permissions: string[];
  };
  portal: { id: number; timezone: string };
  variables: Record<string, string | number | boolean>;
  extension: { appId: number; appName: string; cardTitle: string };
  crm?: { objectId: number; objectTypeId: string };
};

export type AlertMessage = {
  type?: 'info' | 'warning' | 'success' | 'danger' | 'tip';
  title?: string;
  message: string;
};
export type IframeModal = { uri: string; height: number; width: number; title?: string; flush?: boolean };

/** What a card's `hubspot.fetch` asks for, after HubSpot's own rules have been applied in the worker. */
export type ExtensionRequest = {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  headers: Record<string, string>;
  /** JSON text; null without a body. */
  body: string | null;
};
export type ExtensionResponse = { status: number; body: string };

/** Functions of the page that the worker calls. */
export type HostFunctions = {
  fetch(url: string, request: ExtensionRequest): Promise<ExtensionResponse>;
  addAlert(alert: AlertMessage): void;
  reloadPage(): void;
  openIframeModal(modal: IframeModal, onClose?: () => void): void;
  closeOverlay(id: string): void;
  copyTextToClipboard(text: string): Promise<void>;
  navigateToPage(target: { to: string; params?: Record<string, string> }): void;
  fetchCrmObjectProperties(names: string[] | '*'): Promise<Record<string, string>>;
  refreshObjectProperties(): void;
  onCrmPropertiesUpdate(names: string[] | '*', callback: (properties: Record<string, string>) => void): void;
  log(level: 'debug' | 'info' | 'warn' | 'error', text: string): void;
};

export type StartOptions = { bundleUrl: string; context: ExtensionContext };

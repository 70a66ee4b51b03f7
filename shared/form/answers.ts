/**
 * Answers typed by kind, each in one canonical form, so that every destination can rely on it:
 * phone E.164, dates `YYYY-MM-DD`, times `HH:MM`, numbers as plain decimal strings, choices by their stable id.
 */
export type FileAnswer = {
  fileName: string;
  /** As the sender said it; absent where WhatsApp does not. What the bytes are is found when they are fetched. */
  mimeType?: string;
  /** Base64 of the SHA-256 of the file. */
  sha256: string;
  mediaId: string;
  /** Where the locked file lies and what opens it (Meta, "Media Upload Components"); absent for media of the chat. */
  cdn?: { url: string; encryptedHash: string; iv: string; encryptionKey: string; hmacKey: string };
  /** Where it has been put for the customer, once it has. */
  storedUrl?: string;
};

export type Answer =
  | { kind: 'text'; value: string }
  | { kind: 'email'; value: string }
  | { kind: 'phone'; value: string }
  | { kind: 'url'; value: string }
  | { kind: 'number'; value: string }
  | { kind: 'boolean'; value: boolean }
  | { kind: 'choice'; choiceId: string; otherText?: string }
  | { kind: 'choices'; choiceIds: string[]; otherText?: string }
  | { kind: 'ranking'; choiceIds: string[] }
  | { kind: 'date'; value: string }
  | { kind: 'time'; value: string }
  | { kind: 'date-time'; value: string }
  | { kind: 'duration'; seconds: number }
  /** `value`: when it begins, ISO 8601 in UTC. `timeZone`: the one in which the person chose it. `link`: slug of the meeting link. */
  | { kind: 'appointment'; value: string; minutes: number; timeZone: string; link: string }
  | { kind: 'files'; files: FileAnswer[] };

/** Answers by question id. A question that was not asked, or not answered, is absent: never an empty value. */
export type Answers = Record<string, Answer>;

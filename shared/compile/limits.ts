/**
 * Meta's limits that the compiler keeps to (whatsapp-flows.md sections 2.4 and 4; the smaller figure where sources differ).
 * Overlong text is cut by the client without an error, so nobody would notice a larger figure here before a customer does.
 */
export const LIMITS = {
  screens: 100,
  branches: 10,
  /** The documents say 50; some room is left for what is added around questions. */
  componentsPerScreen: 46,
  optInsPerScreen: 5,
  heading: 80,
  body: 4_096,
  caption: 409,
  textInputLabel: 20,
  dropdownLabel: 20,
  choiceGroupLabel: 30,
  dateLabel: 40,
  /** 120 in Meta's documents, 30 in a client library. */
  optInLabel: 30,
  helper: 80,
  groupDescription: 300,
  optionTitle: 30,
  optionDescription: 300,
  radioOptions: 20,
  dropdownOptions: 200,
  footer: 35,
  /** 25 in Meta's documents. */
  linkText: 25,
  linksPerScreen: 2,
  imagesPerScreen: 3,
  /** 300 KB are recommended for a picture; base64 makes a third more of them. */
  imageBase64: 400_000,
  /** 100 KB from version 6.0 on. */
  optionImageBase64: 136_000,
  /** Not documented; longer ones are cut in the top bar of small phones. */
  screenTitle: 30,
  /** Of the whole Flow JSON (whatsapp-flows.md 2.1), in bytes. */
  flowBytes: 10 * 1_024 * 1_024,
  pickerLabel: 80,
  pickerDescription: 300,
  /** Of all pickers together, in the one message that ends a light flow (whatsapp-flows.md 3.4). */
  filesPerMessage: 10,
  filesPerPicker: 30,
  textInputError: 30,
  dateError: 80,
} as const;

/** Ours, for people: about this many questions at once read well. */
export const COMFORT = {
  questionsPerScreen: 5,
  /** Boxes of one question; more are spread over screens of at most 20 each. */
  boxesPerScreen: 30,
  /** Choices in one of the menus that a list of more than 200 is spread over. */
  choicesPerPart: 100,
  rankedChoices: 5,
  /** Files a question takes when its form says no number. */
  filesPerQuestion: 5,
  /** Ten of these are the 100 MiB that one message takes (whatsapp-flows.md 3.4); more is slow to send from a phone. */
  fileKilobytes: 10_240,
  /** A dropdown is easier than a radio list from here on for scales. */
  radioSteps: 6,
} as const;

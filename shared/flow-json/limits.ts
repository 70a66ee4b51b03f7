/**
 * Every number of Meta's Flow JSON documentation that this project checks, in one place.
 * Sources: Meta, "Components" (2026-04-14), "Flow JSON" (2026-03-24), "Media Upload Components" (2026-04-15), "Changelog".
 * Where two sources disagree the smaller figure stands here, with the larger one beside it.
 */
export const LIMITS = {
  /** Meta, "Flows API", flow_json asset. */
  fileBytes: 10 * 1024 * 1024,
  screens: 100,
  /** Meta, "Flow JSON", routing model. */
  branches: 10,
  /** 50 in "Components"; the validator rejects only above `componentsRejected`, counted without the Form wrapper. */
  components: 50,
  componentsRejected: 100,
  ifNesting: 3,
  carouselsPerFlow: 3,
  carouselImages: 3,
  /** "Components", image lists: 300 KB before 6.0, 100 KB since. */
  listImageBytes: { before600: 300 * 1024, since600: 100 * 1024 },
  /** "Components", Image: recommended size. */
  imageBytes: 300 * 1024,
  options: { min: 1, max: 20 },
  dropdownOptions: { min: 1, max: 200, withImages: 100 },
  chips: { min: 2, max: 20 },
  navigationItems: { min: 1, max: 20 },
  navigationTags: 3,
  navigationBadges: 1,
  /** "Media Upload Components": per file and picker, and for all files of a `complete` payload together. */
  fileSizeKb: { min: 1, max: 25_600 },
  files: { min: 0, max: 30 },
  completeFiles: 10,
  completeSizeKb: 102_400,
} as const;

/** Most characters of a text before WhatsApp cuts it or does not draw the component. Meta, "Components". */
export const TEXT_LIMITS = {
  heading: 80,
  subheading: 80,
  body: 4096,
  caption: 409,
  inputLabel: 20,
  helperText: 80,
  inputError: 30,
  groupLabel: 30,
  /** 30 in pywa. */
  dropdownLabel: 20,
  chipsLabel: 80,
  dateLabel: 40,
  dateError: 80,
  calendarTitle: 80,
  description: 300,
  /** 30 in pywa, written against older pages; Meta's own samples have labels of more than 60. */
  optInLabel: 120,
  pickerLabel: 80,
  optionTitle: 30,
  optionMetadata: 20,
  footerLabel: 35,
  footerCaption: 15,
  /** 35 in pywa. */
  linkText: 25,
  listLabel: 80,
  itemTitle: 30,
  itemDescription: 20,
  itemMetadata: 80,
  itemEnd: 10,
  itemBadge: 15,
  itemTag: 15,
} as const;

/** Most components of a type on one screen; of If and Switch only the fullest branch counts. Meta, "Components". */
export const PER_SCREEN: ReadonlyMap<string, number> = new Map([
  ['EmbeddedLink', 2],
  ['Footer', 1],
  ['Image', 3],
  ['OptIn', 5],
  ['PhotoPicker', 1],
  ['DocumentPicker', 1],
  ['NavigationList', 2],
  ['ImageCarousel', 2],
]);

/** Since 7.0 a screen has one Form at most. */
export const FORMS_PER_SCREEN = { since: 700, max: 1 } as const;

/** Length of a text as limits count it: UTF-16 units, the most cautious of the countings in use. */
export function lengthOf(text: string): number {
  return text.length;
}

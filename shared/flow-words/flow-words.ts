/**
 * A text that a number is put into, in the plural forms that its language has for whole numbers
 * (`Intl.PluralRules`): English needs `one` and `other`, Polish `one`, `few` and `many` besides.
 */
export type Plural = { other: string } & Partial<Record<Intl.LDMLPluralRule, string>>;

/** Why an answer is not taken. The codes are stable: they are logged and shown to the admin. */
export type CheckCode =
  | 'required'
  | 'must-accept'
  | 'too-long'
  | 'too-short'
  | 'format'
  | 'email'
  | 'email-blocked'
  | 'phone'
  | 'phone-country'
  | 'phone-digits'
  | 'url'
  | 'number'
  | 'number-digits'
  | 'number-range'
  | 'choice'
  | 'too-few-choices'
  | 'too-many-choices'
  | 'same-place'
  | 'date'
  | 'date-range'
  | 'time'
  | 'file'
  | 'too-many-files';

/** What must be said when nothing else can be answered (flow-rules.md section 6). */
export type NoticeCode = 'foreign-token' | 'unknown-version' | 'closed' | 'our-fault' | 'start-again';

/** Why a genuine flow token may not be used any more. */
export type OverCode = 'finished' | 'expired' | 'revoked' | 'erased';

/**
 * What the screen says that asks for surname and code: at the start of either way, after a wish for another code, after a try
 * that failed (the same whatever was wrong), after the last one, and when it is done.
 */
export type ConfirmCode = 'email' | 'agent' | 'again' | 'later' | 'wrong' | 'locked' | 'confirmed';

/** What is said for a moment over a screen that is drawn again. */
export type SnackbarCode = 'our-fault' | 'go-back';

/**
 * All words of our own that a person meets in a flow. How long each may be stands beside it, in UTF-16 units as Meta counts
 * (whatsapp-flows.md section 4); `test/flow-words` holds every language against these figures. `{name}` is a place for a value.
 * Polite forms of address, and in right-to-left languages numbers and addresses between U+2066 and U+2069.
 */
export type FlowWords = {
  screen: {
    /** Buttons, 35. */
    continue: string;
    send: string;
    close: string;
    /** On a field whose question stands above it, 20; `date` 40, `addFile` 80. */
    yourAnswer: string;
    chooseOne: string;
    email: string;
    phone: string;
    number: string;
    date: string;
    time: string;
    website: string;
    hours: string;
    minutes: string;
    /** Beside the choice `other`. */
    otherAnswer: string;
    /** A menu that leads to a part of a long list. */
    range: string;
    /** A place in a ranking, with its number. */
    place: string;
    addFile: string;
    /** On a group of boxes, 22: a part such as ` (12/20)` may follow. */
    chooseSome: string;
    /** Choices and ticks, 30. */
    other: string;
    yes: string;
    no: string;
    agree: string;
    /** Under a field, 80. The time keeps its colon: the field takes nothing else. */
    phoneHelp: string;
    timeHelp: string;
    urlHelp: string;
    digitsBetween: Plural;
    digitsAtLeast: Plural;
    digitsAtMost: Plural;
    pleaseCheck: string;
    filesHelp: Plural;
    fileHelp: string;
    /** Titles in the top bar, 30. */
    firstDetails: string;
    moreDetails: string;
    consentTitle: string;
    lastTitle: string;
    step: string;
    noticeTitle: string;
    /** Sentences on a screen, 409. */
    closing: string;
    interlude: string;
    maybeNothing: string;
    nothingToAsk: string;
    start: string;
    filesKept: string;
    /** Links, 25. */
    viewPicture: string;
    openLink: string;
    /** The screen that confirms who answers: its title (30), its two fields (20), help (80) and link (25). */
    confirmTitle: string;
    surname: string;
    code: string;
    codeHelp: string;
    codeAgain: string;
  };
  /** Under a field, 30. */
  checks: Record<CheckCode, string>;
  /** On the notice screen, 409. */
  notices: Record<NoticeCode, string>;
  /** In the chat, when a button has done its work, 120. */
  over: Record<OverCode, string>;
  /** On the screen that confirms who answers, 409. Numbers in words. */
  confirm: Record<ConfirmCode, string>;
  /** Two lines of a phone, 90. */
  snackbar: Record<SnackbarCode, string>;
  /** An answer of files, told in a sentence. */
  files: Plural;
  /** The chat message that a new flow begins with (1,024, with the form's name) and its button (20, no emoji). */
  message: { body: string; button: string };
  /** The chat message with other times, when the chosen one was taken meanwhile (1,024), and the button that opens them (20). */
  times: { taken: string; button: string };
};

export type FlowTextKey = keyof FlowWords['screen'];

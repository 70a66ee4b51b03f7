/** One line of the fit report: every question of the form has exactly one. */
export type FitLine = {
  /** The tool's own id of the question; for HubSpot `objectTypeId/name`. */
  question: string;
  outcome: 'kept' | 'changed' | 'refused';
  /** Stable, kebab-case: why. `kept` for a question that is asked as it is. */
  code: string;
  /** A sentence that a marketer understands, in the language of the admin. */
  message: string;
  /** What to do, or an empty string when nothing needs doing. */
  advice: string;
  /** Ids of the screens on which the question is asked; empty when it is not asked. */
  screens: string[];
};

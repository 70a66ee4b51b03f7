/** Language codes that templates may have at Meta (Message Templates › Supported Languages). */
const SUPPORTED = new Set(
  (
    'af sq ar ar_EG ar_AE ar_LB ar_MA ar_QA az be_BY bn bn_IN bg ca zh_CN zh_HK zh_TW hr cs da prs_AF nl nl_BE en en_GB ' +
    'en_US en_AE en_AU en_CA en_GH en_IE en_IN en_JM en_MY en_NZ en_QA en_SG en_UG en_ZA et fil fi fr fr_BE fr_CA fr_CH ' +
    'fr_CI fr_MA ka de de_AT de_CH el gu ha he hi hu id ga it ja kn kk rw_RW ko ky_KG lo lv lt mk ms ml mr nb ps_AF fa pl ' +
    'pt_BR pt_PT pa ro ru sr si_LK sk sl es es_AR es_CL es_CO es_CR es_DO es_EC es_HN es_MX es_PA es_PE es_ES es_UY sw sv ' +
    'ta te th tr uk ur uz vi zu'
  ).split(' '),
);
/** Tags of tools that Meta knows under a region only. */
const REGIONS: Record<string, string> = { pt: 'pt_BR', zh: 'zh_CN', be: 'be_BY', no: 'nb', nn: 'nb', iw: 'he' };

/** Meta's code for a BCP 47 tag such as `pt-br` or `de`; `en` for a language that templates do not have. */
export function templateLanguage(tag: string): string {
  const [language = '', ...rest] = tag.replaceAll('_', '-').split('-');
  const base = language.toLowerCase();
  // A script such as `Hant` stands between the two; only that of Chinese says which of Meta's codes it is.
  const isTraditional = base === 'zh' && rest.some((one) => /^hant$/i.test(one));
  const region = rest.find((one) => one.length < 4) ?? (isTraditional ? 'tw' : undefined);
  const withRegion = region ? `${base}_${region.toUpperCase()}` : base;
  if (SUPPORTED.has(withRegion)) return withRegion;
  if (SUPPORTED.has(base)) return base;
  return REGIONS[base] ?? 'en';
}

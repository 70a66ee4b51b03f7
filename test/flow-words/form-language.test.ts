import { formLanguage, withLanguage } from '@flowella/shared/flow-words/form-language.ts';
import { guessLanguage } from '@flowella/shared/flow-words/guess-language.ts';
import { FLOW_LANGUAGES, flowWords } from '@flowella/shared/flow-words/languages.ts';
import { nearestLanguage } from '@flowella/shared/flow-words/nearest-language.ts';
import { formSchema } from '@flowella/shared/form/form-schema.ts';
import { recallToken } from '@flowella/shared/form/recall.ts';
import type { Form } from '@flowella/shared/form/form.ts';
import { describe, expect, test } from 'vitest';
import { templateLanguage } from '../../server/whatsapp/template-language.ts';

function formOf(labels: string[], language = ''): Form {
  return {
    source: 'google-forms',
    sourceFormId: 'f',
    name: 'Form',
    language,
    revision: '0',
    pages: [
      {
        id: 'p',
        items: labels.map((label, index) => ({
          ...{ kind: 'short-text', id: `q${index}`, label, required: false, origin: {} },
        })),
      },
    ],
    hidden: [],
    notices: [],
  };
}

describe('the language that a form states leads to the nearest words', () => {
  test.each([
    ['en', 'en'],
    ['EN-gb', 'en'],
    ['de-AT', 'de'],
    ['de_CH', 'de'],
    ['pt_BR', 'pt'],
    ['pt-PT', 'pt'],
    ['es-mx', 'es'],
    ['fr-ca', 'fr'],
    ['nb-NO', 'nb'],
    ['no-no', 'nb'],
    ['no', 'nb'],
    ['nn', 'nb'],
    ['iw', 'he'],
    ['he-il', 'he'],
    ['in', 'id'],
    ['ar-eg', 'ar'],
    ['fa_IR', 'fa'],
    ['zh', 'zh-Hans'],
    ['zh-cn', 'zh-Hans'],
    ['zh-SG', 'zh-Hans'],
    ['zh-Hans-HK', 'zh-Hans'],
    ['zh-tw', 'zh-Hant'],
    ['zh_HK', 'zh-Hant'],
    ['zh-Hant', 'zh-Hant'],
    ['zh_Hant_TW', 'zh-Hant'],
    ['ca-es', 'es'],
    ['sk', 'cs'],
    ['di', 'de'],
    [' fr ', 'fr'],
  ])('%s → %s', (tag, expected) => {
    expect(nearestLanguage(tag)).toBe(expected);
    expect(formLanguage(formOf(['Name'], tag))).toBe(expected);
  });

  test.each(FLOW_LANGUAGES)('%s leads to itself', (language) => expect(nearestLanguage(language)).toBe(language));

  test.each(['hr', 'tl', 'sw', 'x-none', 'english'])('%s is near none of them: English', (tag) => {
    expect(nearestLanguage(tag)).toBeNull();
    // What the form states counts more than what its letters look like, and more than the portal's language.
    expect(formLanguage(formOf(['שם מלא'], tag), 'de')).toBe('en');
  });

  test('Chinese without a place is written with the characters that the form is written with', () => {
    expect(formLanguage(formOf(['您的電話號碼'], 'zh'))).toBe('zh-Hant');
    expect(formLanguage(formOf(['您的电话号码'], 'zh'))).toBe('zh-Hans');
    expect(formLanguage(formOf(['您的電話號碼'], 'zh-CN'))).toBe('zh-Hans');
    expect(formLanguage(formOf(['姓名'], 'ch'))).toBe('zh-Hans');
  });
});

describe('a form that states no language', () => {
  test.each([
    ['ar', ['الاسم الكامل', 'البريد الإلكتروني', 'رقم الهاتف']],
    ['fa', ['نام و نام خانوادگی', 'نشانی ایمیل', 'شماره تلفن']],
    ['he', ['שם מלא', 'כתובת דוא״ל', 'מספר טלפון']],
    ['el', ['Ονοματεπώνυμο', 'Τηλέφωνο (π.χ. +30)']],
    ['ru', ['Имя и фамилия', 'Ваш адрес электронной почты']],
    ['uk', ["Ім'я та прізвище", 'Номер телефону']],
    ['bg', ['Име и фамилия', 'Как можем да се свържем с Вас?', 'Във връзка с какво пишете?']],
    ['hi', ['आपका नाम', 'ईमेल पता']],
    ['bn', ['আপনার নাম', 'ইমেল ঠিকানা']],
    ['ta', ['உங்கள் பெயர்', 'மின்னஞ்சல்']],
    ['te', ['మీ పేరు', 'ఈమెయిల్']],
    ['th', ['ชื่อ-นามสกุล', 'อีเมล']],
    ['ja', ['氏名', 'メールアドレス', '電話番号']],
    ['ko', ['이름', '이메일 주소']],
    ['zh-Hans', ['姓名', '电话号码', '您的邮箱']],
    ['zh-Hant', ['姓名', '電話號碼', '您的信箱']],
  ])('speaks %s where its letters leave no doubt', (language, labels) => {
    expect(formLanguage(formOf(labels), 'de')).toBe(language);
  });

  test.each([
    ['Latin letters', ['Nom et prénom', 'Adresse e-mail']],
    ['no letters at all', ['1.', '2.']],
    ['nothing', []],
    ['Urdu', ['آپ کا نام', 'ای میل پتہ', 'آپ کہاں رہتے ہیں؟']],
    ['Marathi', ['तुमचे नाव', 'तुमचा दूरध्वनी क्रमांक', 'शाळा']],
    ['Serbian', ['Име и презиме', 'Број телефона', 'Љубимац']],
    ['Kazakh', ['Аты-жөніңіз', 'Телефон нөміріңіз']],
    ['Cyrillic letters that several languages share', ['Име', 'Телефон']],
    ['characters that both ways of Chinese have', ['姓名', '年月日']],
    ['mostly Latin letters with a word of another script', ['Your name (氏名)', 'E-mail address', 'Telephone number']],
  ])('speaks the language of the portal with %s', (_, labels) => {
    expect(formLanguage(formOf(labels), 'de')).toBe('de');
    expect(formLanguage(formOf(labels))).toBe('en');
  });

  test('the ids of answers shown in a text say nothing about its language', () => {
    const token = recallToken({ kind: 'answer', id: 'a-very-long-id-of-a-question-in-latin-letters' });
    expect(formLanguage(formOf([`שלום ${token}`]))).toBe('he');
  });

  test('gets its language once, when it is kept', () => {
    const kept = withLanguage(formOf(['שם מלא']), 'de');
    expect(kept.language).toBe('he');
    expect(formSchema.parse(kept)).toEqual(kept);
    expect(withLanguage(formOf(['Name']), 'de').language).toBe('de');
    expect(withLanguage(formOf(['שם מלא'], 'und'), 'en').language).toBe('he');
    // What a tool states stays, for what else depends on it: the template has Croatian.
    expect(withLanguage(formOf(['Ime'], 'hr'), 'de').language).toBe('hr');
    expect(withLanguage(formOf(['電話號碼'], 'zh'), 'de').language).toBe('zh-Hant');
    expect(withLanguage(formOf(['Name'], 'di'), 'en').language).toBe('de');
  });
});

test('our own words of each script are found to be of their language', () => {
  const decided = FLOW_LANGUAGES.map((language) => {
    const { checks, notices } = flowWords(language);
    return [language, guessLanguage([...Object.values(checks), ...Object.values(notices)])] as const;
  });
  const byScript = [
    'el',
    'bg',
    'uk',
    'ru',
    'ar',
    'he',
    'fa',
    'hi',
    'bn',
    'ta',
    'te',
    'th',
    'zh-Hans',
    'zh-Hant',
    'ja',
    'ko',
  ];
  for (const [language, guess] of decided)
    expect([language, guess]).toEqual([language, byScript.includes(language) ? language : null]);
});

test('every language has a template language at Meta', () => {
  const codes = FLOW_LANGUAGES.map((language) => [language, templateLanguage(language)]);
  const renamed = Object.fromEntries(codes.filter(([language, code]) => language !== code));
  expect(renamed).toEqual({ pt: 'pt_BR', 'zh-Hans': 'zh_CN', 'zh-Hant': 'zh_TW' });
  expect(templateLanguage('zh-Hant-HK')).toBe('zh_HK');
  expect(templateLanguage('sr-Latn-RS')).toBe('sr');
});

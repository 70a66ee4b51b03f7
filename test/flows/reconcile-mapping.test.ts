import { expect, test } from 'vitest';
import type { Mapping } from '@flowella/shared/contract/mapping.ts';
import { describeMappingLine } from '../../server/flows/drift-texts.ts';
import { reconcileMapping } from '../../server/flows/reconcile-mapping.ts';
import { COLOUR, EMAIL, formOf, NAME } from './support.ts';

const mapping: Mapping = {
  formSubmission: { enabled: true },
  contact: {
    enabled: true,
    properties: [
      { question: NAME.id, property: 'firstname', create: false },
      { question: COLOUR.id, property: 'flowella_colour', create: true },
    ],
  },
  kycRecord: {
    enabled: true,
    home: 'contact',
    fields: { legalName: [NAME.id, EMAIL.id], documentType: [COLOUR.id], consent: ['consent/processing'] },
  },
  timeline: { enabled: false },
};
const consent = { kind: 'explicit' as const, textVersion: '1', processingCheckboxLabel: 'Yes', communications: [] };

test('what the form still works out stays in the mapping, and what it no longer does is named', () => {
  const [score, price] = ['computed/score', 'computed/price'];
  const before = formOf([NAME], {
    variables: [
      { id: 'score', type: 'number', initial: '0' },
      { id: 'price', type: 'number', initial: '0' },
    ],
  });
  const lines = [
    { question: score, property: 'flowella_score', create: true },
    { question: price, property: 'flowella_price', create: true },
  ];
  const given = {
    ...mapping,
    contact: { enabled: true, properties: lines },
    kycRecord: { ...mapping.kycRecord, fields: {} },
  };
  const result = reconcileMapping(given, before, { ...before, variables: before.variables?.slice(0, 1) }, 'de');
  expect(result.mapping.contact.properties).toEqual(lines.slice(0, 1));
  expect(result.lines).toEqual([
    {
      code: 'property-dropped',
      question: price,
      label: '„price“ (vom Formular berechnet)',
      property: 'flowella_price',
    },
  ]);
});

test('lines of questions that are gone are taken out and named, all others stay as the customer made them', () => {
  const before = formOf([NAME, EMAIL, COLOUR], { consent });
  const result = reconcileMapping(mapping, before, formOf([NAME], { consent }));
  expect(result.mapping).toEqual({
    ...mapping,
    contact: { enabled: true, properties: [mapping.contact.properties[0]] },
    kycRecord: {
      enabled: true,
      home: 'contact',
      fields: { legalName: [NAME.id], consent: ['consent/processing'] },
    },
  });
  expect(result.lines).toEqual([
    { code: 'property-dropped', question: COLOUR.id, label: 'Colour', property: 'flowella_colour' },
    { code: 'kyc-dropped', question: EMAIL.id, label: 'E-mail', field: 'legalName' },
    { code: 'kyc-dropped', question: COLOUR.id, label: 'Colour', field: 'documentType' },
  ]);
});

test('a form that has all its questions still changes no mapping', () => {
  const form = formOf([NAME, EMAIL, COLOUR], { consent });
  expect(reconcileMapping(mapping, form, { ...form, name: 'Other' })).toEqual({ mapping, lines: [] });
});

test('the identity check is no longer told what is gone, and says so', () => {
  const identityCheck = {
    enabled: true,
    serviceId: 'ids_00000000000000000001',
    template: '',
    fields: { firstName: [NAME.id], email: [EMAIL.id] },
    riskWhen: ['declined' as const],
  };
  const before = formOf([NAME, EMAIL, COLOUR], { consent });
  const result = reconcileMapping({ ...mapping, identityCheck }, before, formOf([NAME], { consent }));
  expect(result.mapping.identityCheck).toEqual({ ...identityCheck, fields: { firstName: [NAME.id] } });
  const line = { code: 'identity-dropped' as const, question: EMAIL.id, label: 'E-mail', field: 'email' as const };
  expect(result.lines).toContainEqual(line);
  expect(describeMappingLine(line, 'en')).toContain('E-mail');
  expect(describeMappingLine(line, 'de')).toContain('Identitätsprüfung');
});

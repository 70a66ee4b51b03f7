import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createSources } from '../../../server/sources/registry.ts';
import type { Source } from '../../../server/sources/source.ts';
import { FORM_ID, rawForm, startPortal, type Portal } from '../../destinations/support/hubspot-portal.ts';
import { testDatabase, type TestDatabase } from '../../support/database.ts';

let database: TestDatabase;
let portal: Portal;
let source: Source;

beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());
beforeEach(async () => {
  portal = await startPortal(database);
  const [first] = createSources({ hubspot: portal.client });
  if (!first) throw new Error('no source');
  source = first;
});
afterEach(() => portal.close());

const add = (changes: { id: string; name: string } & Record<string, unknown>) =>
  portal.control('POST', `/portals/${portal.portalId}/forms`, { form: { ...rawForm, ...changes } });

describe('the list of HubSpot forms', () => {
  test('is newest first, with the number of questions and what can be written back', async () => {
    await add({ id: 'newer', name: 'Newer', updatedAt: '2026-10-01T00:00:00.000Z' });
    const { forms, after } = await source.listForms(portal.portalId, {});
    expect(after).toBeNull();
    expect(forms.map(({ name }) => name)).toEqual(['Newer', 'Know your customer']);
    expect(forms[1]).toMatchObject({
      source: 'hubspot-forms',
      sourceFormId: FORM_ID,
      questionCount: 6,
      writeBack: { mode: 'native', native: true, carriesSubmissionId: true },
    });
  });

  test('shows a captured form and a form with a captcha with the reason why they cannot be written', async () => {
    await add({ id: 'captured', name: 'Captured', formType: 'captured' });
    await add({ id: 'captcha', name: 'Captcha', configuration: { ...rawForm.configuration, recaptchaEnabled: true } });
    const { forms } = await source.listForms(portal.portalId, {});
    for (const name of ['Captured', 'Captcha']) {
      const form = forms.find((one) => one.name === name);
      expect(form?.writeBack.mode).toBe('none');
      expect(form?.writeBack.reasons).not.toEqual([]);
    }
  });

  test('finds by a part of the name, without regard to capitals, beyond the first page of HubSpot', async () => {
    for (let n = 0; n < 60; n += 1) await add({ id: `f${n}`, name: `Filler ${n}` });
    await add({ id: 'wanted', name: 'Anmeldung Über uns' });
    const { forms } = await source.listForms(portal.portalId, { search: ' über ' });
    expect(forms.map(({ sourceFormId }) => sourceFormId)).toEqual(['wanted']);
  });

  test('goes on where it stopped, and shows each form once', async () => {
    for (let n = 0; n < 230; n += 1) await add({ id: `f${n}`, name: `Form ${n}` });
    const first = await source.listForms(portal.portalId, {});
    expect(first.after).not.toBeNull();
    const second = await source.listForms(portal.portalId, { after: first.after ?? '' });
    const ids = [...first.forms, ...second.forms].map(({ sourceFormId }) => sourceFormId);
    expect(new Set(ids).size).toBe(231);
    expect(ids).toHaveLength(231);
    expect(second.after).toBeNull();
  });
});

describe('one form', () => {
  test('is read as HubSpot returns it', async () => {
    expect(await source.readForm(portal.portalId, FORM_ID)).toMatchObject({
      id: FORM_ID,
      fieldGroups: rawForm.fieldGroups,
    });
  });

  test('that is archived is told from one that is gone', async () => {
    await portal.control('POST', `/portals/${portal.portalId}/forms`, { form: rawForm, archived: true });
    await expect(source.readForm(portal.portalId, FORM_ID)).rejects.toMatchObject({
      code: 'form_archived',
      userMessage: expect.stringContaining('Restore it'),
    });
  });

  test('that is gone is refused with the reason', async () => {
    await expect(source.readForm(portal.portalId, 'nowhere')).rejects.toMatchObject({
      code: 'form_not_found',
      status: 404,
      userMessage: expect.stringContaining('does not know this form'),
    });
  });
});

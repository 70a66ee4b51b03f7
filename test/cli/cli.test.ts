import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const CLI = fileURLToPath(new URL('../../server/cli.ts', import.meta.url));
const FORM = readFileSync(new URL('../sources/hubspot-forms/fixtures/kyc.json', import.meta.url), 'utf8');
const MINIMAL = {
  version: '7.3',
  screens: [
    {
      id: 'ONLY',
      title: 'Only',
      terminal: true,
      layout: {
        type: 'SingleColumnLayout',
        children: [
          { type: 'TextBody', text: 'Hello' },
          { type: 'Footer', label: 'Send', 'on-click-action': { name: 'complete', payload: {} } },
        ],
      },
    },
  ],
};

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'flowella-cli-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function file(content: string, name = 'input.json'): string {
  const at = path.join(folder, name);
  writeFileSync(at, content);
  return at;
}

type Run = { code: number | null; out: string; err: string };

/** One run of the command line in a process of its own, as an operator starts it. */
function flowella(args: string[], input = ''): Promise<Run> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [CLI, ...args], { stdio: ['pipe', 'pipe', 'pipe'] });
    const run: Run = { code: null, out: '', err: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => (run.out += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (run.err += text));
    child.on('error', reject);
    child.on('close', (code) => resolve({ ...run, code }));
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
  });
}

function expectRefusal(run: Run, message: RegExp): void {
  expect(run.code).toBe(1);
  expect(run.out).toBe('');
  expect(run.err).toMatch(message);
  expect(run.err).not.toMatch(/\n\s+at .*:\d+:\d+|node:internal/);
}

const compile = (...args: string[]) => flowella(['compile', '--source', 'hubspot', ...args]);

describe('flowella compile', () => {
  test('prints Flow JSON and report as JSON and nothing else, whatever the mode, and both times the same', async () => {
    const form = file(FORM);
    for (const mode of ['connected', 'light']) {
      const [first, second] = await Promise.all([compile(form, '--mode', mode), compile(form, '--mode', mode)]);
      expect(first).toEqual({ code: 0, out: second.out, err: '' });
      const printed = JSON.parse(first.out) as {
        flowJson: { data_api_version?: string };
        report: { question: string }[];
      };
      expect(Object.keys(printed)).toEqual(['flowJson', 'report']);
      expect(printed.flowJson.data_api_version).toBe(mode === 'connected' ? '3.0' : undefined);
      expect(printed.report.map((line) => Object.keys(line))[0]).toEqual([
        'question',
        'outcome',
        'code',
        'message',
        'advice',
        'screens',
      ]);
    }
  });

  test('reads standard input, and a file with a byte order mark, and says it in German', async () => {
    const [piped, marked, german] = await Promise.all([
      flowella(['compile', '--source', 'hubspot', '-'], FORM),
      compile(file(`\uFEFF${FORM}`, 'marked.json')),
      compile(file(FORM), '--locale', 'de'),
    ]);
    expect([piped.code, marked.code, german.code]).toEqual([0, 0, 0]);
    expect(marked.out).toBe(piped.out);
    expect(german.out).toContain('Wird so gefragt');
  });

  test('shows a survey in the translation that is given with it, and says what has none', async () => {
    const pages = [
      {
        id: '1',
        questions: [{ id: '2', family: 'open_ended', subtype: 'single', headings: [{ heading: 'Your name' }] }],
      },
    ];
    const survey = { id: '9', title: 'Visit', language: 'en', pages };
    const translations = [{ default: 'Your name', translation: 'Ihr Name', resource_id: '2' }];
    const german = file(JSON.stringify({ enabled: true, translations }), 'de.json');
    const plain = file(JSON.stringify(survey), 'survey.json');
    const beside = file(JSON.stringify({ ...survey, languages: { de: { translations } } }), 'with-languages.json');
    const run = (...args: string[]) => flowella(['compile', '--source', 'surveymonkey', ...args]);
    const given = await run(plain, '--translation', `de=${german}`, '--locale', 'de');
    const byLanguage = await run(beside, '--language', 'de');
    const untranslated = await run(beside);
    const other = await run(beside, '--language', 'fr');
    for (const one of [given, byLanguage]) {
      expect(one.code).toBe(0);
      expect(one.out).toContain('Ihr Name');
      expect(one.out).not.toContain('"Your name"');
    }
    expect(given.out).toContain('nicht übersetzt');
    expect(byLanguage.out).toContain('have no translation and are shown in English');
    expect(untranslated.out).toContain('Your name');
    expect(untranslated.out).not.toContain('translation');
    expect(other.out).toContain('No translation into French was given');
    expectRefusal(await compile(plain, '--translation', `de=${german}`), /--translation is for --source surveymonkey/);
    expectRefusal(await run(plain, '--translation', german), /such as de=german\.json/);
    for (const [name, content, words] of [
      ['empty.json', '', /empty\.json is empty/],
      ['bare.json', '{}', /bare\.json is no translation/],
      ['nothing.json', '{"translations":[]}', /needs a list "translations" that is not empty/],
    ] as const)
      expectRefusal(await run(plain, '--translation', `de=${file(content, name)}`), words);
  }, 60_000);

  test('takes the only form of a list answer, and one of several by its id', async () => {
    const one = JSON.parse(FORM) as Record<string, unknown>;
    const two = { ...one, id: 'second', name: 'Second form' };
    const list = (...results: unknown[]) => file(JSON.stringify({ results }), `list-${results.length}.json`);
    const [only, chosen, unchosen, unknown, empty] = await Promise.all([
      compile(list(one)),
      compile(list(one, two), '--form', 'second'),
      compile(list(one, two)),
      compile(list(one, two), '--form', 'third'),
      compile(list()),
    ]);
    expect([only.code, chosen.code]).toEqual([0, 0]);
    expectRefusal(unchosen, /list of 2 forms.*--form ID:\n.*\n {2}second {2}Second form/s);
    expectRefusal(unknown, /no form with the id "third"/);
    expectRefusal(empty, /without a form in it/);
    const [own, other, elsewhere] = await Promise.all([
      compile(file(FORM), '--form', String(one.id)),
      compile(file(FORM), '--form', 'nope'),
      flowella(['compile', '--source', 'typeform', file(FORM), '--form', 'nope']),
    ]);
    expect(own.code).toBe(0);
    expectRefusal(other, /holds one form, with the id ".+", and none with the id "nope"/);
    expectRefusal(elsewhere, /--form picks one form of a list of HubSpot's/);
  }, 60_000);

  test.each([
    ['text that is no JSON', '<html></html>', /^This is not JSON/],
    ['an empty file', ' \n', /^The input is empty/],
    ['a list', '[]', /^This is a list/],
    ['nothing', 'null', /^This is not a form definition/],
    ['a number', '7', /^This is not a form definition/],
    ['something else', '{"hello":"world"}', /^This is not a HubSpot form definition/],
    ['a form of the old API', '{"guid":"a","formFieldGroups":[]}', /legacy v2 API/],
  ])('refuses %s in one sentence', async (_, content, message) => {
    expectRefusal(await flowella(['compile', '--source', 'hubspot', '-'], content), message);
  });

  test('refuses 50 MB at once', async () => {
    expectRefusal(await compile(file(`[${'1,'.repeat(25_000_000)}1]`, 'huge.json')), /larger than 20 MB/);
  });

  test('says what is wrong with the command itself', async () => {
    const form = file(FORM);
    const runs = await Promise.all([
      compile(path.join(folder, 'none.json')),
      compile(folder),
      compile(),
      compile(form, form),
      compile(form, '--mode', 'dark'),
      compile(form, '--locale', 'fr'),
      compile(form, '--verbose'),
      flowella(['compile', form]),
      flowella(['compile', '--source', 'paper', form]),
      flowella(['compile-all']),
    ]);
    const messages = [
      /there is no such file/,
      /it is a folder/,
      /A file is missing/,
      /One file at a time/,
      /--mode must be connected or light, not "dark"/,
      /--locale must be en or de, not "fr"/,
      /--verbose/,
      /--source must be one of hubspot/,
      /not "paper"/,
      /no command "compile-all"/,
    ];
    for (const [index, run] of runs.entries()) expectRefusal(run, messages[index] ?? /never/);
  });
});

describe('flowella validate', () => {
  test("prints no error for a valid flow, and Meta's shape with exit 1 for one that Meta would refuse", async () => {
    const broken = { ...MINIMAL, screens: [{ ...MINIMAL.screens[0], id: 'ONLY_1' }] };
    const [valid, invalid, notJson] = await Promise.all([
      flowella(['validate', file(JSON.stringify(MINIMAL), 'valid.json')]),
      flowella(['validate', '-'], JSON.stringify(broken, null, 2)),
      flowella(['validate', '-'], '<html></html>'),
    ]);
    expect(valid).toEqual({ code: 0, out: '{\n  "validation_errors": []\n}\n', err: '' });
    expect([invalid.code, notJson.code]).toEqual([1, 1]);
    for (const run of [invalid, notJson]) {
      const { validation_errors: errors } = JSON.parse(run.out) as { validation_errors: Record<string, unknown>[] };
      expect(Object.keys(errors[0] ?? {}).toSorted()).toEqual(
        [
          'column_end',
          'column_start',
          'error',
          'error_type',
          'line_end',
          'line_start',
          'message',
          'pointers',
        ].toSorted(),
      );
    }
  });

  test('takes what compile made of a form', async () => {
    const { out } = await compile(file(FORM));
    const { flowJson } = JSON.parse(out) as { flowJson: unknown };
    expect(await flowella(['validate', '-'], JSON.stringify(flowJson))).toMatchObject({ code: 0, err: '' });
  });
});

test.each(['compile', 'doctor', 'keys', 'person', 'deliveries'])(
  '%s --help says how it is called, and needs no configuration',
  async (name) => {
    const { code, out, err } = await flowella([name, '--help']);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain(`flowella ${name}`);
  },
);

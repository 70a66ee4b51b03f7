import { useCallback, type ReactElement } from 'react';
import { Alert, AutoGrid, Flex, Heading, Input, Select, Text, Toggle } from '@hubspot/ui-extensions';
import type { FlowDetail, Mapping, MeetingLinksResponse } from '@flowella/shared/contract/api.ts';
import { useLoaded } from '@flowella/shared/ui/use-loaded.ts';
import { ProblemAlert } from '../parts/ProblemAlert.tsx';
import type { SettingsKit } from '../parts/settings-kit.ts';

export type Appointment = NonNullable<FlowDetail['design']['appointment']>;
type Links = MeetingLinksResponse['links'];

/** Shown until HubSpot has said how long the link's meetings may be. */
const USUAL_MINUTES = 30;
const TEXTS = ['label', 'wishLabel', 'noTimes'] as const;
const MAX_TEXT = 300;

export type AppointmentPartProps = {
  kit: SettingsKit;
  flow: FlowDetail;
  appointment: Appointment | undefined;
  onAppointment: (appointment: Appointment | undefined) => void;
  mapping: Mapping;
  onMapping: (change: (before: Mapping) => Mapping) => void;
};

/** The meeting link that the flow offers times of, and what else becomes of a booking. */
export function AppointmentPart(props: AppointmentPartProps): ReactElement {
  const { kit, appointment, onAppointment } = props;
  const texts = kit.texts.places.appointment;
  const { loaded } = useLoaded(kit.api.meetingLinks);
  const found = loaded.kind === 'ready' ? loaded.data : { links: [], timeZone: 'UTC', permitted: true };
  const [first] = found.links;
  const start = (on: boolean) => {
    if (!on) onAppointment(undefined);
    else if (first) onAppointment(startOf(first, found.timeZone, texts.start));
  };
  return (
    <Flex direction="column" gap="sm">
      <Heading>{texts.title}</Heading>
      {loaded.kind === 'failed' ? (
        <ProblemAlert problem={loaded.problem} texts={kit.texts.common} title={texts.failed} />
      ) : null}
      <Toggle
        label={texts.toggle}
        labelDisplay="inline"
        textChecked={kit.texts.check.yes}
        textUnchecked={kit.texts.check.no}
        readOnly={first === undefined && appointment === undefined}
        checked={appointment !== undefined}
        onChange={start}
      />
      {found.permitted ? null : <Alert title={texts.notPermitted} variant="warning" />}
      {loaded.kind === 'ready' && found.permitted && !first ? <Text variant="microcopy">{texts.none}</Text> : null}
      {appointment ? <AppointmentFields {...props} appointment={appointment} links={found.links} /> : null}
    </Flex>
  );
}

function startOf(
  { link, name }: Links[number],
  timeZone: string,
  words: Pick<Appointment, 'label' | 'wishLabel' | 'noTimes'>,
): Appointment {
  return { link, name, minutes: USUAL_MINUTES, timeZone, zone: 'account', ...words };
}

function AppointmentFields(props: AppointmentPartProps & { appointment: Appointment; links: Links }): ReactElement {
  const { kit, appointment, onAppointment, mapping, onMapping } = props;
  const texts = kit.texts.places.appointment;
  const put = (change: Partial<Appointment>) => onAppointment({ ...appointment, ...change });
  return (
    <Flex direction="column" gap="sm">
      <Text variant="microcopy">{texts.intro}</Text>
      <AutoGrid columnWidth={260} gap="sm" flexible>
        <LinkFields {...props} onChange={put} />
        <Select
          name="appointment-zone"
          label={texts.zone}
          value={appointment.zone}
          options={[
            { label: texts.zones.account(appointment.timeZone), value: 'account' },
            { label: texts.zones.person, value: 'person' },
          ]}
          onChange={(zone) => put({ zone: zone === 'person' ? 'person' : 'account' })}
        />
        <PlaceSelect {...props} />
        {TEXTS.map((field) => (
          <Input
            key={field}
            name={`appointment-${field}`}
            label={texts[field]}
            required
            value={appointment[field]}
            onInput={(value) => put({ [field]: value.slice(0, MAX_TEXT) })}
          />
        ))}
      </AutoGrid>
      <Toggle
        label={texts.invitation}
        labelDisplay="inline"
        textChecked={kit.texts.check.yes}
        textUnchecked={kit.texts.check.no}
        checked={mapping.calendar?.invitation === true}
        onChange={(invitation) => onMapping((before) => ({ ...before, calendar: { invitation } }))}
      />
    </Flex>
  );
}

function LinkFields(
  props: AppointmentPartProps & {
    appointment: Appointment;
    links: Links;
    onChange: (change: Partial<Appointment>) => void;
  },
): ReactElement {
  const { kit, appointment, links, onChange } = props;
  const texts = kit.texts.places.appointment;
  const { api } = kit;
  const { link } = appointment;
  const load = useCallback(() => api.meetingLink(link), [api, link]);
  const { loaded } = useLoaded(load);
  const offered = loaded.kind === 'ready' ? loaded.data.minutes : [];
  const isListed = links.some((one) => one.link === link);
  return (
    <>
      <Select
        name="appointment-link"
        label={texts.link}
        value={link}
        options={[
          ...links.map((one) => ({ label: one.name, value: one.link })),
          // A link that HubSpot no longer lists stays named until another is chosen.
          ...(isListed ? [] : [{ label: appointment.name, value: link }]),
        ]}
        onChange={(chosen) => {
          const found = links.find((one) => one.link === chosen);
          if (found) onChange({ link: found.link, name: found.name });
        }}
      />
      <Select
        name="appointment-minutes"
        label={texts.minutes}
        value={appointment.minutes}
        options={[...new Set([...offered, appointment.minutes])].map((minutes) => ({
          label: texts.minutesOf(minutes),
          value: minutes,
        }))}
        onChange={(minutes) => onChange({ minutes: Number(minutes) })}
      />
    </>
  );
}

/** Questions that WhatsApp cannot ask, such as the form tool's own calendar: the appointment can take the place of one. */
function PlaceSelect({ kit, flow, appointment, onAppointment }: AppointmentPartProps): ReactElement {
  const texts = kit.texts.places.appointment;
  const refused = flow.report.filter((line) => line.outcome === 'refused').map((line) => line.question);
  const present = appointment?.question;
  const ids = [...new Set([...refused, ...(present === undefined ? [] : [present])])];
  return (
    <Select
      name="appointment-place"
      label={texts.place}
      value={present ?? ''}
      options={[{ label: texts.atEnd, value: '' }, ...ids.map((id) => ({ label: flow.labels[id] ?? id, value: id }))]}
      onChange={(chosen) => {
        if (!appointment) return;
        const { question: _question, ...rest } = appointment;
        onAppointment(chosen === '' ? rest : { ...rest, question: String(chosen) });
      }}
    />
  );
}

import type { ReactElement } from 'react';
import { Flex, Heading, Select } from '@hubspot/ui-extensions';
import type { Retention } from '@flowella/shared/contract/api.ts';
import type { SettingsKit } from '../parts/settings-kit.ts';

const DAYS = [30, 90, 180, 365, 730];

/** How long answers stay with us after they came in. */
export function RetentionPart(props: {
  kit: SettingsKit;
  retention: Retention;
  onRetention: (retention: Retention) => void;
}): ReactElement {
  const { kit, retention } = props;
  const texts = kit.texts.map;
  // A number of days that was set in another way is shown as it is.
  const days = retention.kind === 'days' ? [...new Set([...DAYS, retention.days])].sort((a, b) => a - b) : DAYS;
  return (
    <Flex direction="column" gap="sm">
      <Heading>{texts.privacy}</Heading>
      <Select
        name="retention"
        label={texts.privacyChoice}
        description={texts.privacyHelp}
        value={toValue(retention)}
        options={[
          { value: 'keep', label: texts.keepForever },
          ...days.map((count) => ({ value: String(count), label: texts.keepDays(count) })),
          { value: 'pass-through', label: texts.passThrough },
        ]}
        onChange={(value) => props.onRetention(toRetention(String(value)))}
      />
    </Flex>
  );
}

function toValue(retention: Retention): string {
  return retention.kind === 'days' ? String(retention.days) : retention.kind;
}

function toRetention(value: string): Retention {
  if (value === 'keep' || value === 'pass-through') return { kind: value };
  return { kind: 'days', days: Number(value) };
}

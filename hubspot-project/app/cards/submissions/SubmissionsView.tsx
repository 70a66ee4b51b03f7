import { useCallback, useState, type ReactElement } from 'react';
import { Button, EmptyState, Flex, LoadingSpinner, Text } from '@hubspot/ui-extensions';
import type { SubmissionsResponse } from '@flowella/shared/contract/api.ts';
import { useLoaded } from '@flowella/shared/ui/use-loaded.ts';
import { usePolling } from '@flowella/shared/ui/use-polling.ts';
import type { CardActions, CardKit } from '../parts/card-kit.ts';
import { Freshness } from '../parts/Freshness.tsx';
import { LoadFailed } from '../parts/LoadFailed.tsx';
import { SubmissionPart } from './SubmissionPart.tsx';

/** The card *Submissions*: what this contact has answered, newest first, and where it went. */
export function SubmissionsView(props: { kit: CardKit; actions: CardActions; pollMs?: number }): ReactElement {
  const { kit } = props;
  const { api, contactId, texts } = kit;
  /** The cursors of the pages gone through; the last one is shown, none is the newest page. */
  const [pages, setPages] = useState<string[]>([]);
  const before = pages.at(-1) ?? null;
  const load = useCallback(() => api.submissions(contactId, before), [api, contactId, before]);
  const { loaded, reload } = useLoaded(load);
  const data = loaded.kind === 'ready' ? loaded.data : null;
  usePolling({
    // The newest page is watched all the time: a submission may arrive while nothing here moves.
    active: data ? pages.length === 0 || isMoving(data) : false,
    fingerprint: JSON.stringify(data?.submissions.map((submission) => submission.deliveries) ?? []),
    look: reload,
    ...(props.pollMs === undefined ? {} : { intervalMs: props.pollMs }),
  });

  if (loaded.kind === 'loading') return <LoadingSpinner label={texts.common.loading} layout="centered" showLabel />;
  if (loaded.kind === 'failed') {
    return <LoadFailed problem={loaded.problem} texts={texts.common} onRetry={() => void reload()} />;
  }
  return (
    <Flex direction="column" gap="md">
      <SubmissionList kit={kit} actions={props.actions} data={loaded.data} onChange={reload} />
      <Paging
        kit={kit}
        page={pages.length + 1}
        older={loaded.data.before}
        onOlder={(cursor) => setPages([...pages, cursor])}
        onNewer={() => setPages(pages.slice(0, -1))}
      />
      <Freshness kit={kit} at={loaded.at} stale={loaded.stale} onRefresh={() => void reload()} />
    </Flex>
  );
}

function isMoving(data: SubmissionsResponse): boolean {
  return data.submissions.some((submission) =>
    submission.deliveries.some((delivery) => delivery.state === 'waiting' || delivery.state === 'delivering'),
  );
}

function SubmissionList(props: {
  kit: CardKit;
  actions: CardActions;
  data: SubmissionsResponse;
  onChange: () => Promise<void>;
}): ReactElement {
  const { kit, data } = props;
  const texts = kit.texts.submissions;
  if (data.submissions.length === 0) {
    return (
      <EmptyState title={texts.empty} layout={kit.narrow ? 'vertical' : 'horizontal'} imageWidth={120} flush>
        <Text>{texts.emptyText}</Text>
      </EmptyState>
    );
  }
  return (
    <Flex direction="column" gap="md">
      <Text variant="microcopy">{texts.count(data.total)}</Text>
      {data.submissions.map((submission) => (
        <SubmissionPart
          key={submission.submissionId}
          kit={kit}
          actions={props.actions}
          submission={submission}
          onChange={props.onChange}
        />
      ))}
    </Flex>
  );
}

function Paging(props: {
  kit: CardKit;
  page: number;
  older: string | null;
  onOlder: (cursor: string) => void;
  onNewer: () => void;
}): ReactElement | null {
  const { older, page } = props;
  const texts = props.kit.texts.submissions;
  if (page === 1 && older === null) return null;
  return (
    <Flex direction="row" align="center" gap="sm">
      <Button variant="secondary" size="xs" disabled={page === 1} onClick={props.onNewer}>
        {texts.newer}
      </Button>
      <Text variant="microcopy">{texts.page(page)}</Text>
      <Button
        variant="secondary"
        size="xs"
        disabled={older === null}
        onClick={() => {
          if (older !== null) props.onOlder(older);
        }}
      >
        {texts.older}
      </Button>
    </Flex>
  );
}

import { useCallback, useEffect, useRef, useState } from 'react';
import type { ChatMessage, StandInClient } from './stand-in-client.ts';

const POLL_MS = 1_000;
const POLL_HIDDEN_MS = 5_000;

export type Chat = { messages: ChatMessage[] | null; isAway: boolean; refresh(): Promise<void> };

/**
 * The chat of one person, asked for every second and at once after `refresh`. What arrives is reported as read while
 * the page is in view, as a phone does.
 */
export function useChat(client: StandInClient): Chat {
  const [messages, setMessages] = useState<ChatMessage[] | null>(null);
  const [isAway, setAway] = useState(false);
  const reported = useRef(new Set<string>());

  const refresh = useCallback(async () => {
    try {
      const chat = await client.chat();
      setMessages((old) => (JSON.stringify(old) === JSON.stringify(chat) ? old : chat));
      setAway(false);
      await report(client, chat, reported.current);
    } catch {
      setAway(true);
    }
  }, [client]);

  useEffect(() => {
    let timer = 0;
    let isOver = false;
    const poll = async (): Promise<void> => {
      await refresh();
      if (!isOver) timer = window.setTimeout(() => void poll(), document.hidden ? POLL_HIDDEN_MS : POLL_MS);
    };
    void poll();
    return () => {
      isOver = true;
      window.clearTimeout(timer);
    };
  }, [refresh]);

  return { messages, isAway, refresh };
}

/** Meta's side reports sent and delivered; that a message was read only the phone knows. */
async function report(client: StandInClient, chat: ChatMessage[], reported: Set<string>): Promise<void> {
  if (document.hidden) return;
  for (const message of chat.filter((candidate) => candidate.direction === 'out')) {
    const known = message.statuses.map((entry) => entry.status);
    if (known.includes('failed') || known.includes('read') || reported.has(message.id)) continue;
    reported.add(message.id);
    await client.send(message.from, { type: 'status', messageId: message.id, status: 'read' });
  }
}

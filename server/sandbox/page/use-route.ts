import { useEffect, useMemo, useState } from 'react';

/** What HubSpot's side shows. */
export type Place =
  { kind: 'contacts' } | { kind: 'contact'; contactId: string } | { kind: 'form' } | { kind: 'settings' };

/** `#/{portal}/contacts`, `#/{portal}/contacts/{id}`, `#/{portal}/forms/{id}`, `#/{portal}/settings`. */
export function useRoute(): { portalId: number | null; place: Place } {
  const [hash, setHash] = useState(location.hash);
  useEffect(() => {
    const listen = (): void => setHash(location.hash);
    addEventListener('hashchange', listen);
    return () => removeEventListener('hashchange', listen);
  }, []);
  return useMemo(() => {
    const [portal, page, id] = hash.replace(/^#\//, '').split('/');
    return { portalId: portal ? Number(portal) : null, place: placeOf(page, id) };
  }, [hash]);
}

function placeOf(page: string | undefined, id: string | undefined): Place {
  if (page === 'settings') return { kind: 'settings' };
  if (page === 'forms') return { kind: 'form' };
  return page === 'contacts' && id ? { kind: 'contact', contactId: id } : { kind: 'contacts' };
}

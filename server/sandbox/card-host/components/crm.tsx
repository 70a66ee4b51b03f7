import { createContext, useContext, useEffect, useState, type ReactNode } from 'react';
import { DescriptionList, DescriptionListItem } from './text.tsx';

/** Where CRM components get the record's properties from. */
export const CrmContext = createContext<((names: string[]) => Promise<Record<string, string>>) | null>(null);

export function CrmPropertyList(props: { properties: string[]; direction?: 'row' | 'column' }) {
  const read = useContext(CrmContext);
  const [values, setValues] = useState<Record<string, string>>({});
  const names = props.properties.join(' ');
  useEffect(() => {
    let gone = false;
    void read?.(names.split(' ')).then((found) => {
      if (!gone) setValues(found);
    });
    return () => {
      gone = true;
    };
  }, [read, names]);
  return (
    <DescriptionList direction={props.direction ?? 'column'}>
      {props.properties.map((name) => (
        <DescriptionListItem key={name} label={name}>
          {values[name] ?? '--'}
        </DescriptionListItem>
      ))}
    </DescriptionList>
  );
}

type CrmActionProps = {
  actionType?: string;
  actionContext?: { href?: string | { url: string } };
  children?: ReactNode;
};

export function CrmActionLink(props: CrmActionProps) {
  const href = props.actionContext?.href;
  return (
    <a className="hs-link" href={(typeof href === 'string' ? href : href?.url) ?? '#'}>
      {props.children}
    </a>
  );
}

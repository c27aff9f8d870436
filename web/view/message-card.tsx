import type { ComponentChildren } from 'preact';
import type { Payload, Table } from '../api/answers.ts';
import { useApp } from '../shell/app-context.ts';
import { deathStory } from './death-story.ts';
import { TableValue } from './facts.tsx';
import { Chip } from './features.tsx';
import { formatOctets } from './format.ts';
import { PayloadView } from './payload-view.tsx';

interface MessageCardProps {
  readonly message: Payload & {
    readonly exchange: string;
    readonly redelivered: boolean;
    readonly properties: Table;
  };
  readonly routingKeys: readonly string[];
  /** What stands before all else. */
  readonly head?: ComponentChildren;
}

/** A message with its body, properties and headers; of a dead letter, what it has gone through. */
export function MessageCard({ message, routingKeys, head }: MessageCardProps) {
  const { texts, language } = useApp();
  const { headers, ...properties } = message.properties as { readonly headers?: Table };
  const story = deathStory(message.properties, texts, language);
  const shownHeaders = story.length > 0 ? withoutDeaths(headers) : (headers ?? {});
  const isEmpty = (table: Table) => Object.keys(table).length === 0;
  return (
    <>
      <div class="chips">
        {head}
        <Chip text={message.exchange === '' ? texts.defaultExchange : message.exchange} />
        {routingKeys.map((key) => key !== '' && <Chip key={key} text={key} />)}
        <Chip text={formatOctets(message.payload_bytes)} />
        {message.redelivered && <Chip text={texts.redelivered} isMarked />}
      </div>
      <PayloadView payload={message} />
      {story.length > 0 && (
        <ol class="story" aria-label={texts.deaths}>
          {story.map((sentence) => (
            <li key={sentence}>{sentence}</li>
          ))}
        </ol>
      )}
      {!isEmpty(properties) && <TableValue table={properties} />}
      {!isEmpty(shownHeaders) && (
        <div>
          <small>{texts.headers}</small>
          <TableValue table={shownHeaders} />
        </div>
      )}
    </>
  );
}

/** The headers that the story does not tell. */
function withoutDeaths(headers: Table = {}): Table {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !/^x-((first|last)-death-|death$)/.test(name)));
}

import { apiPath } from '../api/client.ts';
import { useApp } from '../shell/app-context.ts';
import { Channels } from './channels.tsx';

export function ChannelsPage() {
  const { texts, vhost } = useApp();
  return (
    <>
      <h1>{texts.channels}</h1>
      <Channels key={vhost} path={vhost === undefined ? '/channels' : apiPath('vhosts', vhost, 'channels')} hasFilter />
    </>
  );
}

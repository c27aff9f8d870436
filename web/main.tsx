import { render } from 'preact';
import { Root } from './shell/root.tsx';

render(<Root />, document.getElementById('app')!);

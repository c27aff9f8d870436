import type { App } from '../shell/app-context.ts';
import { type FieldSpec, plainOptions } from '../view/form-field.tsx';

/** In which virtual host something is to be: at first the one that lists are limited to. */
export function vhostField({ texts, vhosts, vhost }: App): FieldSpec[] {
  const options = plainOptions(vhosts);
  return [{ name: 'vhost', label: texts.virtualHost, kind: 'select', options, value: vhost ?? vhosts[0] }];
}

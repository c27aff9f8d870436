import type { User } from '../api/answers.ts';
import { apiPath } from '../api/client.ts';
import type { App } from '../shell/app-context.ts';
import type { Texts } from '../text/english.ts';
import type { FieldSpec } from '../view/form-field.tsx';
import { type FormValues, InputError } from '../view/form-values.ts';

/** For a user's password, which nobody is to lose by saving something else. @param user undefined: a new one */
export function passwordFields(texts: Texts, user: User | undefined): FieldSpec[] {
  const password: FieldSpec =
    user === undefined
      ? { name: 'password', label: texts.password, kind: 'password' }
      : { name: 'password', label: texts.newPassword, kind: 'password', hint: texts.newPasswordHint };
  return [password, { name: 'noPassword', label: texts.noPassword, kind: 'check', hint: texts.noPasswordHint }];
}

/**
 * What the API is to be told of the password. It takes a user as a whole: one whose password stays is sent with the hash that
 * it has at this moment.
 *
 * @throws InputError, ApiError
 */
export async function passwordFrom(
  values: FormValues,
  { texts, api }: App,
  user: User | undefined,
): Promise<Readonly<Record<string, string>>> {
  const password = values.text('password');
  const isNone = values.isSet('noPassword');
  if (password !== '' && isNone) throw new InputError('password', texts.passwordOrNone);
  if (isNone) return { password_hash: '' };
  if (password !== '') return { password };
  if (user === undefined) throw new InputError('password', texts.passwordMissing);
  const { password_hash, hashing_algorithm } = await api.get<User>(apiPath('users', user.name));
  return { password_hash, hashing_algorithm };
}

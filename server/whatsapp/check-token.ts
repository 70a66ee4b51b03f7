import { z } from 'zod';
import { AppError } from '../app-error.ts';
import type { Language } from '../hubspot/language.ts';
import { connectTexts } from './connect-texts.ts';
import { MetaError } from './meta-errors.ts';
import type { WhatsappServices } from './services.ts';

const NEEDED_SCOPES = ['whatsapp_business_management', 'whatsapp_business_messaging'];

const debugTokenSchema = z.object({
  data: z.object({
    app_id: z.string().optional(),
    is_valid: z.boolean(),
    scopes: z.array(z.string()).default([]),
  }),
});

/** A refusal of what somebody entered, with the fix in their language. */
export function refusal(code: string, texts: Record<Language, string>, language: Language, cause?: unknown): AppError {
  return new AppError(code, { status: 422, message: texts.en, userMessage: texts[language], cause });
}

/** The app's own token asks about the customer's: a wrong app secret shows here and nowhere later. Throws AppError with the fix. */
export async function checkToken(
  services: Pick<WhatsappServices, 'graph'>,
  input: { appId: string; appSecret: string; accessToken: string },
  language: Language = 'en',
): Promise<void> {
  const answer = await services.graph
    .call({
      method: 'GET',
      path: '/debug_token',
      accessToken: `${input.appId}|${input.appSecret}`,
      query: { input_token: input.accessToken },
      schema: debugTokenSchema,
      idempotent: true,
      language,
    })
    .catch((err: unknown) => {
      if (err instanceof MetaError && !err.retryable)
        throw refusal('whatsapp_app_secret_wrong', connectTexts.appSecretWrong(), language, err);
      throw err;
    });
  const token = answer.data;
  if (!token.is_valid) throw refusal('whatsapp_token_invalid', connectTexts.tokenInvalid(), language);
  if (token.app_id !== undefined && token.app_id !== input.appId)
    throw refusal('whatsapp_token_of_other_app', connectTexts.tokenOfOtherApp(), language);
  const lacking = NEEDED_SCOPES.filter((scope) => !token.scopes.includes(scope));
  if (lacking.length > 0)
    throw refusal('whatsapp_token_lacks_permission', connectTexts.tokenLacks({ scopes: lacking.join(', ') }), language);
}

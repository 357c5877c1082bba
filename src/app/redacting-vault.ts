import type { DeliveryError } from "../domain/delivery.ts";
import type { NewNotification } from "../domain/notification.ts";
import type { Vault } from "../domain/ports/vault.ts";

/**
 * A vault that stores no text of others unredacted: servers have been seen to echo, in an error description, the very token
 * they were sent, and errors are stored in the clear.
 */
export function withRedaction(vault: Vault, redact: (text: string) => string): Vault {
  const redacted = <Text extends string | null | undefined>(text: Text) => (text ? (redact(text) as Text) : text);
  const error = <Problem extends DeliveryError | null | undefined>(problem: Problem) =>
    problem ? { ...problem, message: redact(problem.message), hint: redacted(problem.hint) } : problem;
  const told = (notification: NewNotification) => ({
    ...notification,
    subject: redact(notification.subject),
    body: redact(notification.body),
  });
  return {
    ...vault,
    failAttempt: (attempt, failure, address) =>
      vault.failAttempt(
        attempt,
        {
          ...failure,
          oauthError: redacted(failure.oauthError),
          ...(failure.reason === undefined ? {} : { reason: redact(failure.reason) }),
          error: { ...failure.error, message: redact(failure.error.message) },
          ...(failure.notification ? { notification: told(failure.notification) } : {}),
        },
        address,
      ),
    refuseCredential: (credential, { error: refused, notification }, address) =>
      vault.refuseCredential(
        credential,
        { error: { ...refused, message: redact(refused.message) }, notification: told(notification) },
        address,
      ),
    notify: (notification) => vault.notify(told(notification)),
    finishDispatch: (dispatch, verdict) =>
      vault.finishDispatch(dispatch, verdict.kind === "sent" ? verdict : { ...verdict, error: redact(verdict.error) }),
    finishDelivery: (id, { error: problem, notification, ...outcome }) =>
      vault.finishDelivery(id, {
        ...outcome,
        ...(problem === undefined ? {} : { error: error(problem) ?? null }),
        ...(notification === undefined ? {} : { notification: told(notification) }),
      }),
    keepPace: (accountId, pace) => vault.keepPace(accountId, { ...pace, why: redact(pace.why) }),
  };
}

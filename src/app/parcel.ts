import type { Delivery } from "../domain/delivery.ts";
import { Failure } from "../domain/failure.ts";
import type { Parcel } from "./deliver.ts";
import { requirePlatform, type Services } from "./services.ts";

/** A delivery with all that is needed to send it. @throws Failure `not_connected` once its account is gone, `not_found` */
export async function parcelOf(services: Services, delivery: Delivery): Promise<Parcel> {
  const vault = await services.vault();
  const [post, account, platform] = await Promise.all([
    vault.post(delivery.postId),
    vault.account(delivery.accountId),
    requirePlatform(services, delivery.platform),
  ]);
  if (!post) throw new Failure("not_found", `there is no post ${delivery.postId}`, { hint: "agencyiq posts list" });
  if (account) return { post, account, platform, delivery };
  throw new Failure("not_connected", "its account is not connected any more", {
    account: delivery.address,
    hint: `agencyiq connect ${delivery.platform}, or: agencyiq posts cancel ${delivery.id}`,
  });
}

/** The part of the vault that keeps brands and what is left of their posting cycles (docs/brands.md). */
import type { Brand } from "../brand.ts";
import type { Standing } from "../cycle.ts";
import type { Instant } from "../time.ts";

export interface KeptBrand extends Brand {
  /** How many accounts are connected. */
  readonly accounts: number;
}

/** A post that is still to go out by itself. */
export interface UpcomingPost {
  readonly postId: string;
  /** The first words. */
  readonly text: string;
  readonly at: Instant;
  readonly addresses: readonly string[];
}

export interface BrandBook {
  /** By id, the default brand first. */
  brands(): Promise<KeptBrand[]>;
  /** @throws Failure `usage` for one that is there */
  addBrand(brand: Omit<Brand, "createdAt">): Promise<KeptBrand>;
  /** `change` is called within the transaction. @throws Failure `not_found`, and what `change` throws */
  changeBrand(id: string, change: (brand: Brand) => Brand): Promise<KeptBrand>;
  /** @throws Failure `usage` while accounts are connected, `not_found` */
  removeBrand(id: string): Promise<void>;

  /** How brands stand in the cycle of `at`, those without cycles left out; all brands, unless one is named. */
  standings(at: Instant, brand?: string): Promise<Standing[]>;
  /** What a brand has scheduled from now until then, the next one first. */
  upcoming(brand: string, until: Instant): Promise<UpcomingPost[]>;
}

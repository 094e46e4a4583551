import { StoreError } from "../errors.js";

/**
 * Makes a store in `dataDir` from a backup. Whole or not at all: the file is checked and copied beside its place
 * first. The store must not be open.
 *
 * @throws StoreError `FILE_EXISTS` when there is a store already, unless `replace`
 */
export async function restoreStore(
  _backup: string,
  _dataDir: string,
  _options: { readonly replace?: boolean } = {},
): Promise<{ readonly events: number; readonly position: number }> {
  throw new StoreError("STORE_UNAVAILABLE", "being built");
}

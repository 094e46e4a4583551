/** The positions that a statement gives as arrays of one: an object for each row takes longer than to find it. */
export const positionsOf = (rows: readonly unknown[]): number[] => {
  const list = new Array<number>(rows.length);
  for (let i = 0; i < rows.length; i++) list[i] = (rows[i] as readonly [number])[0];
  return list;
};

// Fair comparisons: subjects take turns in one run, so that a noisy machine is noisy for all of them alike.
import { stolenDuring } from "./stolen.mjs";

/** A round is measured again if other machines had more of the processors. It says nothing of how the round came out. */
const MOST_STOLEN = 0.02;
/** Rounds begun for each that is wanted, at most. Then the least disturbed count. */
const PATIENCE = 2;

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/**
 * Measures every subject once a round, in turns, and sets each against the baseline *of the same round*. On a virtual
 * machine, rounds in which the host gave its processors to others are measured again, up to a bound.
 *
 * @param {object} comparison
 * @param {string} comparison.title what is measured, with its conditions
 * @param {string} comparison.unit of a figure, such as `events/s`
 * @param {Record<string, () => Promise<number>>} comparison.subjects each gives one figure
 * @param {string} comparison.baseline the subject that the others are divided by
 * @param {number} comparison.rounds at least 5 for a figure that is reported
 * @param {Record<string, number>} [comparison.budgets] the least (or, with `lowerIsBetter`, the most) ratio wanted
 */
export async function compare({
  title,
  unit,
  subjects,
  baseline,
  rounds,
  budgets = {},
  lowerIsBetter = false,
}) {
  const names = Object.keys(subjects);
  for (const name of names) await subjects[name](); // once unmeasured, for caches and compilers
  const measured = [];
  for (let quiet = 0; quiet < rounds && measured.length < rounds * PATIENCE; ) {
    const figures = {};
    const stolen = await stolenDuring(async () => {
      // Each round begins with another subject: none always runs after the same neighbour.
      for (let turn = 0; turn < names.length; turn += 1) {
        const name = names[(measured.length + turn) % names.length];
        figures[name] = await subjects[name]();
      }
    });
    measured.push({ figures, stolen });
    if (stolen <= MOST_STOLEN) quiet += 1;
  }
  const counted = [...measured].sort((a, b) => a.stolen - b.stolen).slice(0, rounds);
  const figures = Object.fromEntries(
    names.map((name) => [name, counted.map((round) => round.figures[name])]),
  );
  const rows = names.map((name) => {
    const ratios = figures[name].map((figure, round) => figure / figures[baseline][round]);
    const ratio = median(ratios);
    const budget = budgets[name];
    return {
      subject: name,
      median: median(figures[name]),
      min: Math.min(...figures[name]),
      max: Math.max(...figures[name]),
      ratio,
      ratioMin: Math.min(...ratios),
      ratioMax: Math.max(...ratios),
      ...(budget === undefined ? {} : { budget, kept: lowerIsBetter ? ratio <= budget : ratio >= budget }),
    };
  });
  return { title, unit, baseline, rounds, rows, measured: measured.length, stolen: counted.at(-1).stolen };
}

const number = (value) => (value >= 100 ? Math.round(value).toLocaleString("en") : value.toPrecision(3));

/** A table for a person. */
export function print({ title, unit, baseline, rounds, rows, measured = rounds, stolen = 0 }) {
  console.log(`\n${title}\n${"─".repeat(Math.min(100, title.length))}`);
  const width = Math.max(...rows.map((row) => row.subject.length));
  for (const row of rows) {
    const figure = `${number(row.median).padStart(9)} ${unit}  (${number(row.min)} … ${number(row.max)})`;
    const ratio =
      row.subject === baseline
        ? ""
        : `  ${row.ratio.toFixed(2)} × (${row.ratioMin.toFixed(2)} … ${row.ratioMax.toFixed(2)})`;
    const budget =
      row.budget === undefined ? "" : `  budget ${row.budget} ×: ${row.kept ? "kept" : "MISSED"}`;
    console.log(`${row.subject.padEnd(width)}  ${figure}${ratio}${budget}`);
  }
  const disturbed =
    stolen > 0
      ? `; the least disturbed of ${measured}: others had ${(100 * stolen).toFixed(1)} % of the processors at most`
      : "";
  console.log(
    `median of ${rounds} (lowest … highest); × is against “${baseline}” in the same round${disturbed}`,
  );
}

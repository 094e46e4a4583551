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
export async function compare({ title, unit, subjects, baseline, rounds, budgets, lowerIsBetter }) {
  const names = Object.keys(subjects);
  for (const name of names) await subjects[name](); // once unmeasured, for caches and compilers
  const measured = await quietRounds(rounds, async (round) => {
    const figures = {};
    // Each round begins with another subject: none always runs after the same neighbour.
    for (let turn = 0; turn < names.length; turn += 1) {
      const name = names[(round + turn) % names.length];
      figures[name] = await subjects[name]();
    }
    return Object.fromEntries(names.map((name) => [name, figures[name]]));
  });
  return table({ title, unit, baseline, budgets, lowerIsBetter, ...measured });
}

/**
 * Rounds of a measurement, those again that were disturbed.
 *
 * @param {number} rounds that count
 * @param {(round: number) => Promise<T>} measure one round, by its number from 0
 * @returns {Promise<{ figures: T[], measured: number, stolen: number }>} the least disturbed, how many were measured, and
 * which share of the processors others had in those that count, at most
 * @template T
 */
export async function quietRounds(rounds, measure) {
  const measured = [];
  for (let quiet = 0; quiet < rounds && measured.length < rounds * PATIENCE; ) {
    let figures;
    const stolen = await stolenDuring(async () => {
      figures = await measure(measured.length);
    });
    measured.push({ figures, stolen });
    if (stolen <= MOST_STOLEN) quiet += 1;
  }
  const counted = [...measured].sort((a, b) => a.stolen - b.stolen).slice(0, rounds);
  return {
    figures: counted.map((round) => round.figures),
    measured: measured.length,
    stolen: counted.at(-1).stolen,
  };
}

/** As `compare` gives it, of the figures of each round by subject; their order in the first round is that of the rows. */
export function table({
  title,
  unit,
  baseline,
  budgets = {},
  lowerIsBetter = false,
  figures,
  measured,
  stolen,
}) {
  const rows = Object.keys(figures[0]).map((subject) => {
    const own = figures.map((round) => round[subject]);
    const ratios = figures.map((round) => round[subject] / round[baseline]);
    const ratio = median(ratios);
    const budget = budgets[subject];
    return {
      subject,
      median: median(own),
      min: Math.min(...own),
      max: Math.max(...own),
      ratio,
      ratioMin: Math.min(...ratios),
      ratioMax: Math.max(...ratios),
      ...(budget === undefined ? {} : { budget, kept: lowerIsBetter ? ratio <= budget : ratio >= budget }),
    };
  });
  return { title, unit, baseline, rounds: figures.length, rows, measured, stolen };
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

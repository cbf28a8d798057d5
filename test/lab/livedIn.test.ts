import { histories, rareHistories } from "./histories";
import { describeLife } from "./life";

/** A piece of a title: the histories that have it alone, rare ones included. */
const only = process.env.HISTORY;

/** Set: the rare histories instead. */
const usual = process.env.RARE_HISTORIES ? rareHistories : histories;

const chosen =
  only === undefined ? usual : [...histories, ...rareHistories].filter(({ title }) => title.includes(only));

for (const history of chosen) describeLife(history);

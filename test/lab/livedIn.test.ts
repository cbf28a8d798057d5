import { histories } from "./histories";
import { describeLife } from "./life";

/** A piece of a title: that history alone. */
const only = process.env.HISTORY;

for (const history of histories) if (only === undefined || history.title.includes(only)) describeLife(history);

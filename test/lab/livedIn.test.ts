import { histories } from "./histories";
import { describeLife } from "./life";

const only = process.env.HISTORY;

for (const history of histories) if (only === undefined || history.title.includes(only)) describeLife(history);

import { debian12 } from "./scenario";
import { describeServer } from "./server";

describeServer(debian12);

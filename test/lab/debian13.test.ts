import { debian13 } from "./scenario";
import { describeServer } from "./server";

describeServer(debian13);

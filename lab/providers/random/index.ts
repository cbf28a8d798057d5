import { serve } from "../serve";
import { randomBytes } from "./randomBytes";
import { randomId } from "./randomId";
import { randomPassword } from "./randomPassword";

serve("random", [randomBytes, randomId, randomPassword]);

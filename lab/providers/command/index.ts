import { serve } from "../serve";
import { localCommand } from "./localCommand";
import { remoteCommand } from "./remoteCommand";

serve("command", [remoteCommand, localCommand]);

import { serve } from "../serve";
import { privateKey } from "./privateKey";

serve("tls", [privateKey]);

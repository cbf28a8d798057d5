/** One complaint of the API. */
export interface Complaint {
  code: number;
  message: string;
}

export function isComplaint(answer: unknown): answer is Complaint {
  return typeof answer === "object" && answer !== null && "code" in answer && "message" in answer;
}

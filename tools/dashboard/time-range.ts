/** What time a picture shows. */
export interface TimeRange {
  readonly from: Date;
  readonly to: Date;
}

package org.softmin.studies.report;

/** What a measured mean says about an expectation. */
public enum Verdict {
    /** The mean lies within the tolerance, or the claim holds. */
    REPRODUCED("reproduced"),
    /** The mean lies outside the tolerance, or is undefined. */
    NOT_REPRODUCED("not reproduced"),
    /** An inequality that the source asserts does not hold: a finding, not a failure. */
    CLAIM_REFUTED("claim refuted");

    private final String text;

    Verdict(String text) {
        this.text = text;
    }

    /** The verdict as it stands in files and reports. */
    public String text() {
        return text;
    }
}

package org.softmin.studies;

/** How much a run computes; every setting has a default for each. */
public enum Preset {
    /** Minutes, to see that everything works. */
    QUICK("quick"),
    /** As published: what verdicts are given on. */
    FULL("full");

    private final String text;

    Preset(String text) {
        this.text = text;
    }

    /** The preset as it is written on the command line. */
    public String text() {
        return text;
    }
}

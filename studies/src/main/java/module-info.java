/** The studies and the {@code softmin} command line. */
module org.softmin.studies {
    requires info.picocli;
    requires org.softmin.nn;
    requires tools.jackson.core;
    requires static org.jspecify;
}

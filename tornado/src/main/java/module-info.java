/** The TornadoVM backend. */
module org.softmin.tornado {
    requires transitive org.softmin.tensor;
    requires static transitive org.jspecify;
}

/** The TornadoVM backend: so far its detection. */
module org.softmin.tornado {
    requires transitive org.softmin.tensor;
    requires static org.jspecify;

    exports org.softmin.tornado;

    provides org.softmin.tensor.Backend.Provider with
            org.softmin.tornado.TornadoBackend.Provider;
}

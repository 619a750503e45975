/** The TornadoVM backend. */
module org.softmin.tornado {
    requires transitive org.softmin.tensor;
    requires static org.jspecify;

    exports org.softmin.tornado;

    uses org.softmin.tornado.Devices;

    provides org.softmin.tensor.Backend.Provider with
            org.softmin.tornado.TornadoBackend.Provider;
}

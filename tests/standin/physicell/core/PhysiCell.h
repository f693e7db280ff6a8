// The names of PhysiCell 1.14 that the driver of `bench peers` uses, without what they do: written for the tests, to see
// that the driver compiles, links and answers. Nothing here is PhysiCell's.
#pragma once
#include <omp.h>

#include <cstdlib>
#include <string>
#include <vector>

namespace BioFVM {
struct Microenvironment {
    void* agent_container = nullptr;
    std::vector<std::vector<double>> fields;
    void simulate_diffusion_decay(double) {}
    unsigned number_of_voxels() { return fields.size(); }
    std::vector<double>& operator()(int voxel) { return fields[voxel]; }
};
struct Microenvironment_Options {
    std::vector<double> Dirichlet_condition_vector;
};
extern Microenvironment microenvironment;
extern Microenvironment_Options default_microenvironment_options;
void initialize_microenvironment();
}  // namespace BioFVM

namespace PhysiCell {
struct Cell;
struct Phenotype {
    struct {
        double total = 2494;
    } volume;
    struct {
        std::vector<double> uptake_rates{10};
        void sync_to_microenvironment(BioFVM::Microenvironment*) {}
    } secretion;
};
typedef void (*Function)(Cell*, Phenotype&, double);
struct Cell_Definition {
    Phenotype phenotype;
    struct {
        Function volume_update_function, update_velocity, update_phenotype;
    } functions;
    struct {
        double o2_proliferation_saturation, o2_reference;
    } parameters;
};
struct Cell {
    std::vector<double> position;
    Phenotype phenotype;
    bool assign_position(double x, double y, double z);
};
struct Cell_Container {
    void update_all_cells(double) {}
};
struct PhysiCell_Globals {
    double current_time = 0;
};
struct PhysiCell_Settings {
    int omp_num_threads = 1;
};
extern double diffusion_dt;
extern PhysiCell_Globals PhysiCell_globals;
extern PhysiCell_Settings PhysiCell_settings;
extern Cell_Definition cell_defaults;
extern std::vector<Cell*>* all_cells;
bool load_PhysiCell_config_file(std::string file);
long SeedRandom(long seed);
Cell_Container* create_cell_container_for_microenvironment(BioFVM::Microenvironment& m, double voxel);
void initialize_default_cell_definition();
void initialize_cell_definitions_from_pugixml();
void build_cell_definitions_maps();
void setup_signal_behavior_dictionaries();
void setup_cell_rules();
Cell_Definition* find_cell_definition(std::string name);
Cell* create_cell(Cell_Definition& definition);
void standard_volume_update_function(Cell*, Phenotype&, double);
void standard_update_cell_velocity(Cell*, Phenotype&, double);
void update_cell_and_death_parameters_O2_based(Cell*, Phenotype&, double);
}  // namespace PhysiCell
